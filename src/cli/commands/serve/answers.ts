/**
 * Answers of the JSON API.
 *
 * @module
 */

import { Failure } from "../../../failure.ts";
import { toJson } from "../../../report/json_record.ts";
import type { HttpAnswer } from "../../../runtime/http_server.ts";
import { troublesOf } from "./read_views.ts";

/** The content type of pages. */
export const HTML = "text/html; charset=utf-8";

/** A value as JSON. */
export function json(value: unknown, status = 200): HttpAnswer {
  return { status, body: `${toJson(value)}\n`, type: "application/json" };
}

const NOTHING_HERE = { code: "http/not-found", message: "There is nothing here.", hint: null };

/** The value that is read, or the reason why there is none. */
export async function api(read: () => Promise<unknown>): Promise<HttpAnswer> {
  try {
    const value = await read();
    return value === undefined ? json(NOTHING_HERE, 404) : json(value);
  } catch (error) {
    const [first] = troublesOf(error);
    const { code = "connection/lost", message = "", hint = null } = first ?? {};
    return json({ code, message, hint }, statusOf(code));
  }
}

/** 400: the request is wrong. 409: the state forbids it. 503: the database cannot be used now. */
function statusOf(code: string): number {
  if (code.startsWith("usage/")) return 400;
  if (code === "background/unknown") return 404;
  return code.startsWith("background/") ? 409 : 503;
}

/** Why a request may not change anything. */
export const NOT_ALLOWED = {
  "read-only": {
    code: "http/read-only",
    message: "This page changes nothing.",
    hint: "Serve it with --allow-changes.",
  },
  locked: {
    code: "http/token",
    message: "Changes need the token.",
    hint: "Sign in, or send it: Authorization: Bearer TOKEN",
  },
} as const;

/** A form that another process has made, or that was made up elsewhere. */
export const STALE_FORM = {
  code: "http/form",
  message: "The form is not one of this server.",
  hint: "Load the page again.",
} as const;

/**
 * The fields of a JSON object as text.
 *
 * @throws {Failure} `usage/invalid-value`.
 */
export function jsonFields(body: string): ReadonlyMap<string, string> {
  let value: unknown;
  try {
    value = JSON.parse(body === "" ? "{}" : body);
  } catch {
    // The failure below says what is expected.
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Failure("usage/invalid-value", "The body is not a JSON object.", {
      hint: 'Send one, such as {"who": "ada", "reason": "sale until Monday"}.',
    });
  }
  return new Map(
    Object.entries(value).map(([name, one]) => [
      name,
      Array.isArray(one) ? one.join(" ") : String(one),
    ]),
  );
}
