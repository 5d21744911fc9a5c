/**
 * Asks a server to cancel the statement that a backend runs.
 *
 * @module
 */

import type { ServerSettings } from "../settings/settings.ts";
import { dial, type DialCandidate } from "./dial.ts";

/** The number that stands for "cancel" in the place of a protocol version. */
const CANCEL = 80877102;

/** Milliseconds for a request; the server sends no answer. */
const TIMEOUT = 3_000;

/**
 * Sends a cancel request on a separate connection, and waits until the server has received it. Never
 * throws.
 *
 * @param candidate How the connection to be cancelled was dialled.
 */
export async function sendCancelRequest(
  settings: ServerSettings,
  candidate: DialCandidate,
  backend: { readonly pid: number; readonly secret: number },
): Promise<void> {
  const request = new DataView(new ArrayBuffer(16));
  [16, CANCEL, backend.pid, backend.secret].forEach((word, index) =>
    request.setInt32(index * 4, word)
  );
  try {
    const signal = AbortSignal.timeout(TIMEOUT);
    const socket = await dial(settings, candidate, { signal });
    signal.addEventListener("abort", () => socket.destroy(), { once: true });
    await new Promise<void>((resolve) => {
      socket.once("error", () => resolve());
      socket.once("close", () => resolve());
      socket.resume();
      // Left open until the other side closes: a pooler forgets a request whose sender hangs up.
      socket.write(new Uint8Array(request.buffer));
    });
  } catch {
    // The statement goes on until the server notices; the caller is on its way out already.
  }
}
