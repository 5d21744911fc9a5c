/**
 * The keys of bundles, and the policy that only signed migrations are run.
 *
 * @module
 */

import type { KeyObject } from "node:crypto";
import { Failure } from "../failure.ts";
import { readText } from "../runtime/files.ts";

/** Names a public key, as PEM or as a file. Migrations that it has not signed are refused. */
export const TRUSTED_KEY = "MIGRATOR_TRUSTED_KEY";

/**
 * The key that has to have signed what is run; undefined when any migrations may be.
 *
 * @param given The value of `TRUSTED_KEY`.
 * @throws {Failure} `bundle/key`.
 */
export async function trustedKey(given: string | undefined): Promise<KeyObject | undefined> {
  if (!given) return undefined;
  if (!given.includes("-----BEGIN")) return await readKeyFile(given, "public");
  const { readPublicKey } = await import("../bundle/signature.ts");
  return readPublicKey(given, TRUSTED_KEY);
}

/** @throws {Failure} `bundle/key`. */
export async function readKeyFile(file: string, kind: "public" | "private"): Promise<KeyObject> {
  const { readPrivateKey, readPublicKey } = await import("../bundle/signature.ts");
  const text = await readText(file);
  if (text === undefined) {
    throw new Failure("bundle/key", `There is no key ${file}, or it must not be read.`, {
      hint: "Name a PEM file with an ed25519 key: migrator help bundle/key",
    });
  }
  return kind === "public" ? readPublicKey(text, file) : readPrivateKey(text, file);
}
