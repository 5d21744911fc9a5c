// Pure.
/**
 * Removes secrets from texts about connections.
 *
 * @module
 */

import { heldSecrets } from "./secret.ts";
import type { Settings } from "./settings.ts";

/**
 * A label of a server without secrets, in a form that psql understands: `postgres://app@db:5432/shop`,
 * several hosts with commas between, `postgres://app@/shop?host=/var/run/postgresql` for a socket,
 * `pglite:./data` for embedded PostgreSQL.
 */
export function label(settings: Settings): string {
  if (settings.kind === "embedded") return `pglite:${settings.directory ?? "memory"}`;
  const { hosts } = settings;
  const user = encodeURIComponent(settings.user);
  const database = encodeURIComponent(settings.database);
  if (!hosts.some(({ host }) => isSocketDirectory(host))) {
    const places = hosts.map(({ host, port }) =>
      `${host.includes(":") ? `[${host}]` : host}:${port}`
    );
    return `postgres://${user}@${places.join(",")}/${database}`;
  }
  const ports = hosts.map(({ port }) => port);
  const parameters = [`host=${hosts.map(({ host }) => host).join(",")}`];
  if (ports.some((port) => port !== 5432)) parameters.push(`port=${ports.join(",")}`);
  return `postgres://${user}@/${database}?${parameters.join("&")}`;
}

/** True for a host that is the directory of a Unix socket, or an abstract one (`@name`). */
export function isSocketDirectory(host: string): boolean {
  return host.startsWith("/") || host.startsWith("@");
}

/** `postgres://app:…@`, also with one slash, which is what is left when it is read as a path. */
const IN_URL = /([a-z][a-z0-9+.-]*:\/+[^\s:/@]*):[^\s]*@/gi;

/** `password=…`, `sslpassword = '…'`. */
const IN_KEYWORDS = /\b((?:ssl)?password)(\s*=\s*)('(?:[^'\\]|\\.)*'?|[^\s&]+)/gi;

/** `ALTER ROLE app PASSWORD '…'`, as a server quotes a statement. */
const IN_STATEMENTS = /\b(password\s+)(E?'(?:[^']|'')*'?)/gi;

/** Hides what stands in a text where connection strings have passwords. */
export function redactText(text: string): string {
  return text.replace(IN_URL, "$1:***@").replace(IN_KEYWORDS, "$1$2***");
}

/** The same for every string in a value, through arrays and plain objects. */
export function redactAll<T>(value: T): T {
  const redacted = (one: unknown): unknown => {
    if (typeof one === "string") return redactText(one);
    if (Array.isArray(one)) return one.map(redacted);
    if (typeof one !== "object" || one === null || !isPlain(one)) return one;
    return Object.fromEntries(Object.entries(one).map(([key, of]) => [key, redacted(of)]));
  };
  return redacted(value) as T;
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Shorter secrets are hidden only as whole words, because they are part of many other words. */
const SHORT = 4;

/**
 * Hides in a text of a server or library every secret that this process holds, as it is and
 * percent-encoded, and whatever stands where passwords stand. Call it where such a text arrives, before it is
 * stored or reported; not for migrator's own lines, because a role may have the name of its password.
 */
export function redactServerText(text: string): string {
  const known = heldSecrets().flatMap((
    value,
  ) => [...new Set([value, encodeURIComponent(value.toWellFormed())])]);
  const left = known.reduce(
    (left, value) =>
      value.length >= SHORT ? left.replaceAll(value, "***") : left.replace(asWord(value), "***"),
    text,
  );
  return redactText(left).replace(IN_STATEMENTS, "$1***");
}

function asWord(value: string): RegExp {
  const literal = value.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  return new RegExp(`(?<![\\p{L}\\p{N}_])${literal}(?![\\p{L}\\p{N}_])`, "gu");
}

/** The fields of a server's error or notice that contain text for people. */
interface Prose {
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly where?: string;
}

/** The same error or notice, also a stored one, without secrets in these fields. */
export function redactProse<T extends Prose>(said: T): T {
  const { message, detail, hint, where } = said;
  return {
    ...said,
    message: redactServerText(message),
    ...(detail === undefined ? {} : { detail: redactServerText(detail) }),
    ...(hint === undefined ? {} : { hint: redactServerText(hint) }),
    ...(where === undefined ? {} : { where: redactServerText(where) }),
  };
}
