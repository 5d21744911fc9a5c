// Pure.
/**
 * Reads libpq's connection service file: `[name]` sections of `parameter=value` lines.
 *
 * @module
 */

import { Failure } from "../../failure.ts";
import { type ParameterName, parameterName, type Parameters } from "./parameters.ts";

/** White space around a line. For JavaScript, a byte order mark would be white space, too. */
const BLANKS = /^[ \t\v\f\r]+|[ \t\v\f\r]+$/g;

/**
 * Returns the parameters of one service; undefined if the file does not have it. Lines that begin with
 * `#` are comments. There are no blanks around `=`. If a parameter occurs several times, the first value
 * counts, and only the first section of a name is read.
 *
 * @param text The file's text.
 * @param path The file's path, for messages.
 * @throws {Failure} `settings/service-file`, `settings/unsupported`, `settings/unknown-parameter`.
 */
export function parseServiceFile(
  text: string,
  { service, path }: { readonly service: string; readonly path: string },
): Parameters | undefined {
  let found: Partial<Record<ParameterName, string>> | undefined;
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.replace(BLANKS, "");
    if (line === "" || line.startsWith("#")) continue;
    if (line.startsWith("[")) {
      if (found !== undefined) break;
      if (line.startsWith(`[${service}]`)) found = {};
      continue;
    }
    if (found === undefined) continue;
    const place = { file: path, line: index + 1 };
    if (line.startsWith("ldap")) {
      throw new Failure(
        "settings/unsupported",
        `A line of service ${service} cannot be honoured: services are not looked up by LDAP.`,
        { place, hint: "Write its parameters into the file: host=… port=… dbname=…" },
      );
    }
    const equals = line.indexOf("=");
    if (equals < 0) {
      throw new Failure("settings/service-file", `A line of service ${service} has no "=".`, {
        place,
        hint: "Write parameter=value, without blanks around the =.",
      });
    }
    const name = parameterName(line.slice(0, equals), `Line ${index + 1} of ${path}`);
    if (name === "service" || name === "servicefile") {
      throw new Failure("settings/service-file", `Service ${service} names another service.`, {
        place,
        hint: "Services cannot be nested: copy the other one's lines.",
      });
    }
    found[name] ??= line.slice(equals + 1);
  }
  return found;
}
