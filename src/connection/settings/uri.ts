// Pure.
/**
 * Reads libpq's connection URIs, after `postgres://`:
 * `[user[:password]@][host[:port][,…]][/database][?name=value[&…]]`.
 *
 * @module
 */

import { namedParameter, type ParameterName, type Parameters } from "./parameters.ts";
import { unreadable } from "./unreadable.ts";

const ENCODE =
  "Percent-encode what has a meaning in a URL: @ is %40, / is %2F, : is %3A, % is %25.";

/**
 * Every part is optional. An empty part counts as missing, so that the environment can supply it. If a
 * parameter occurs several times, the last value counts; the parts before the `?` come first.
 *
 * An unencoded `@` after the host is refused, although libpq reads it as part of a name. It is almost
 * always the end of a password with an unencoded `@` or `/`.
 *
 * @param text The text after `postgres://`.
 * @throws {Failure} `settings/unreadable-url`, `settings/unknown-parameter`.
 */
export function parseUri(text: string, origin: string): Parameters {
  const found: Partial<Record<ParameterName, string>> = {};
  const store = (name: ParameterName, raw: string, part: string) => {
    if (raw !== "") found[name] = decode(raw, part, origin);
  };

  const credentialsEnd = text.search(/[@/]/);
  let rest = text;
  if (text[credentialsEnd] === "@") {
    const credentials = text.slice(0, credentialsEnd);
    rest = text.slice(credentialsEnd + 1);
    const colon = credentials.indexOf(":");
    store("user", colon < 0 ? credentials : credentials.slice(0, colon), "user");
    if (colon >= 0) store("password", credentials.slice(colon + 1), "password");
  }

  const query = rest.indexOf("?");
  const location = query < 0 ? rest : rest.slice(0, query);
  if (location.includes("@")) {
    throw unreadable(origin, 'an unencoded "@" stands behind the host or in it', ENCODE);
  }
  const { hosts, ports, end } = readHosts(location, origin);
  store("host", hosts.join(","), "host");
  store("port", ports.join(","), "port");
  if (location[end] === "/") store("dbname", location.slice(end + 1), "database");
  if (query >= 0) Object.assign(found, readQuery(rest.slice(query + 1), origin));
  return found;
}

function readHosts(
  location: string,
  origin: string,
): { readonly hosts: string[]; readonly ports: string[]; readonly end: number } {
  const hosts: string[] = [];
  const ports: string[] = [];
  let at = 0;
  for (;;) {
    if (location[at] === "[") {
      const close = location.indexOf("]", at);
      if (close < 0) throw unreadable(origin, 'an IPv6 address has no closing "]"', ENCODE);
      if (close === at + 1) throw unreadable(origin, "an IPv6 address is empty", ENCODE);
      hosts.push(location.slice(at + 1, close));
      at = close + 1;
      if (at < location.length && !":/,".includes(location[at]!)) {
        throw unreadable(
          origin,
          'an IPv6 address is followed by something else than ":", "/", "?" or ","',
          "Write [::1]:5432",
        );
      }
    } else {
      const start = at;
      while (at < location.length && !":/,".includes(location[at]!)) at++;
      hosts.push(location.slice(start, at));
    }
    let port = "";
    if (location[at] === ":") {
      const start = ++at;
      while (at < location.length && !"/,".includes(location[at]!)) at++;
      port = location.slice(start, at);
    }
    ports.push(port);
    if (location[at] !== ",") break;
    at++;
  }
  return { hosts, ports, end: at };
}

function readQuery(query: string, origin: string): Parameters {
  const found: Partial<Record<ParameterName, string>> = {};
  const pairs = query.split("&");
  // An ampersand at the end is allowed, as an empty query is.
  if (pairs.at(-1) === "") pairs.pop();
  for (const pair of pairs) {
    const [rawName = "", rawValue, ...more] = pair.split("=");
    if (rawValue === undefined) {
      throw unreadable(origin, 'a parameter has no "="', "Write ?name=value&name=value");
    }
    if (more.length > 0) {
      throw unreadable(origin, 'a parameter has more than one "="', "Write = in a value as %3D.");
    }
    const name = decode(rawName, "name of a parameter", origin);
    const value = decode(rawValue, "parameter's value", origin);
    // JDBC's parameter for TLS.
    if (name === "ssl" && value === "true") found.sslmode = "require";
    else Object.assign(found, namedParameter({ name, value }, origin));
  }
  return found;
}

/** Removes blanks around a value, and refuses blanks inside it, as libpq does since version 17. */
function decode(raw: string, part: string, origin: string): string {
  const trimmed = raw.replace(/^ +| +$/g, "");
  if (/[ \t\n\v\f\r]/.test(trimmed)) {
    throw unreadable(origin, `its ${part} has a blank in it`, "Write a blank as %20.");
  }
  if (/%(?![0-9A-Fa-f]{2})/.test(trimmed)) {
    throw unreadable(
      origin,
      `its ${part} has a "%" that two hexadecimal digits do not follow`,
      ENCODE,
    );
  }
  if (trimmed.includes("%00")) {
    throw unreadable(origin, `its ${part} has %00 in it`, "PostgreSQL has no place for that byte.");
  }
  try {
    return decodeURIComponent(trimmed);
  } catch {
    throw unreadable(origin, `its ${part} is not UTF-8`, ENCODE);
  }
}
