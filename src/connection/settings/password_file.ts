// Pure.
/**
 * Reads libpq's password file: lines of `host:port:database:user:password`.
 *
 * @module
 */

/** What a line must match. */
export interface PasswordQuery {
  /**
   * The names of the host: its name, address or socket directory. A directory is also called `localhost`
   * if it is the default of libpq, which depends on its build.
   */
  readonly hosts: readonly string[];
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/**
 * Returns the password of the first line that matches. The field `*` matches anything. `\` escapes the
 * next character, also in the password, which ends at the next `:`.
 */
export function findPassword(text: string, question: PasswordQuery): string | undefined {
  const { hosts, port, database, user } = question;
  const tokens = [hosts, [String(port)], [database], [user]];
  for (const raw of text.split("\n")) {
    const line = raw.replace(/\r$/, "");
    if (line === "" || line.startsWith("#")) continue;
    const rest = tokens.reduce<string | undefined>(
      (left, names) => left === undefined ? undefined : behindAnyField(left, names),
      line,
    );
    if (rest !== undefined) return readPassword(rest);
  }
  return undefined;
}

function behindAnyField(line: string, names: readonly string[]): string | undefined {
  return names.map((name) => behindField(line, name)).find((rest) => rest !== undefined);
}

/** The rest of the line after its first field, if that field matches. */
function behindField(line: string, token: string): string | undefined {
  if (line.startsWith("*:")) return line.slice(2);
  let matched = 0;
  for (let at = 0; at < line.length; at++) {
    if (line[at] === ":") return matched === token.length ? line.slice(at + 1) : undefined;
    if (line[at] === "\\") at++;
    if (line[at] !== token[matched]) return undefined;
    matched++;
  }
  return undefined;
}

function readPassword(rest: string): string {
  let password = "";
  for (let at = 0; at < rest.length && rest[at] !== ":"; at++) {
    if (rest[at] === "\\" && at + 1 < rest.length) at++;
    password += rest[at];
  }
  return password;
}
