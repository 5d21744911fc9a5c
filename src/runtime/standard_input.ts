/**
 * Standard input.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import process from "node:process";

/** Reads it to its end. */
export async function readStandardInput(): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
