// Pure.
/**
 * Decides who may see and change something through the page.
 *
 * @module
 */

import { createHmac, timingSafeEqual } from "node:crypto";

/** The headers of a request that decide. */
export interface AccessHeaders {
  /** `Host`. */
  readonly host: string;
  /** `Origin`; empty if it was not sent. */
  readonly origin: string;
  /** `Sec-Fetch-Site`; empty if it was not sent. */
  readonly site: string;
  /** `Cookie`. */
  readonly cookie: string;
  /** `Authorization`. */
  readonly authorization: string;
}

/** What the server allows. */
export interface AccessRules {
  /** Further names of this server, besides addresses and `localhost`. */
  readonly hosts: readonly string[];
  /** Undefined: anybody may read, and nobody may change anything. */
  readonly token: string | undefined;
  /** Whether reading needs the token, too: the page is reachable from other hosts. */
  readonly isTokenForReading: boolean;
  readonly allowsChanges: boolean;
}

/** What a request may do. */
export interface Rights {
  readonly mayRead: boolean;
  /** As on the page: `locked` needs a sign-in first. */
  readonly changes: "read-only" | "locked" | "open";
  /** It carries the token itself, so it is no browser. */
  readonly isProgram: boolean;
}

/** Judges the headers of a request. */
export function rightsOf(
  headers: AccessHeaders,
  { token, isTokenForReading, allowsChanges }: AccessRules,
): Rights {
  const isProgram = token !== undefined && isBearer(headers, token);
  const isKnown = isProgram || token !== undefined && isSignedIn(headers, token);
  const changes = !allowsChanges || token === undefined ? "read-only" : isKnown ? "open" : "locked";
  return { mayRead: isKnown || !isTokenForReading, changes, isProgram };
}

/** The cookie that a sign-in sets. */
const COOKIE = "migrator_page";

/**
 * Whether the request names this server as its host. A page of another name that was made to lead to
 * this address (DNS rebinding) sends its own name; an address or `localhost` cannot be made to.
 *
 * @param names Further names that this server has.
 */
export function isKnownHost(host: string, names: readonly string[]): boolean {
  const match = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::\d+)?$/.exec(host.toLowerCase());
  const name = match?.[1];
  if (name === undefined) return false;
  const isAddress = name.startsWith("[") || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(name);
  return isAddress || name === "localhost" || names.some((one) => one.toLowerCase() === name);
}

/**
 * Whether a request that changes something comes from a page of this server, as far as a browser
 * says so. Every browser since 2023 sends `Sec-Fetch-Site`; older ones send `Origin` with a POST.
 *
 * @param isProgram The request carries the token itself, as only a program does; it need not say
 * where it comes from.
 */
export function isSameOrigin(
  { host, origin, site }: AccessHeaders,
  { isProgram }: { readonly isProgram: boolean },
): boolean {
  if (site !== "" && site !== "same-origin") return false;
  if (origin !== "") return origin === `http://${host}` || origin === `https://${host}`;
  return site === "same-origin" || isProgram;
}

/** The token in `Authorization: Bearer`. */
function isBearer({ authorization }: AccessHeaders, token: string): boolean {
  const match = /^Bearer +(\S+)$/i.exec(authorization);
  return match !== null && isSame(match[1]!, token);
}

/** Whether a sign-in set the cookie. */
function isSignedIn({ cookie }: AccessHeaders, token: string): boolean {
  const values = cookie.split(";").map((one) => one.trim().split("="));
  return values.some(([name, value = ""]) =>
    name === COOKIE && isSame(value, derived(token, "cookie"))
  );
}

/** `Set-Cookie` of a sign-in. No script can read it, and no other site makes a browser send it. */
export function signInCookie(token: string): string {
  return `${COOKIE}=${derived(token, "cookie")}; Path=/; HttpOnly; SameSite=Strict`;
}

/** The value that each form carries. */
export function formTokenOf(token: string): string {
  return derived(token, "form");
}

/** Compares without telling by its duration how much is equal. */
export function isSame(given: string, wanted: string): boolean {
  const digest = (text: string) => createHmac("sha256", "compare").update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

function derived(token: string, purpose: string): string {
  return createHmac("sha256", token).update(purpose).digest("hex");
}

/** Headers of every answer: nothing from elsewhere, in no frame, and kept by nobody. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; " +
    "connect-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  "x-frame-options": "DENY",
  "x-content-type-options": "nosniff",
  // With no-referrer a browser would say `Origin: null` of this server's own forms.
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};
