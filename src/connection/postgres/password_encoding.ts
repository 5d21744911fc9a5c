// Pure.
import { saslprep } from "./saslprep.ts";
import type { Secret } from "../settings/secret.ts";

/** `R`, the type of a message about logging in. */
const AUTHENTICATION = 0x52;
/** What it asks for where SCRAM wants the password: how to begin, and how to go on. */
const SASL = [10, 11];

/**
 * The password in the form that the server's request wants: prepared for SCRAM, and else as it is.
 * Empty where there is none.
 *
 * @param request The message that the server sent last.
 */
export function encodePassword(request: Uint8Array, password: Secret | undefined): string {
  const given = password?.reveal() ?? "";
  if (request[0] !== AUTHENTICATION || request.length < 9) return given;
  const kind = new DataView(request.buffer, request.byteOffset).getInt32(5);
  return SASL.includes(kind) ? saslprep(given) : given;
}
