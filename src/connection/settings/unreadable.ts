// Pure.
import { Failure } from "../../failure.ts";

/**
 * The failure of a connection string that cannot be read.
 *
 * @param origin Where the string was found.
 * @param reason A clause that quotes nothing that could be secret.
 */
export function unreadable(origin: string, reason: string, hint: string): Failure {
  return new Failure("settings/unreadable-url", `${origin} cannot be read: ${reason}.`, { hint });
}
