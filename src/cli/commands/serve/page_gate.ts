/**
 * Lets requests through to the pages: by the name of the host, the token, and where they come from.
 *
 * @module
 */

import {
  type AccessHeaders,
  type AccessRules,
  isKnownHost,
  isSame,
  isSameOrigin,
  type Rights,
  rightsOf,
  SECURITY_HEADERS,
  signInCookie,
} from "../../../page/access.ts";
import { pageDocument } from "../../../page/page_document.ts";
import { SCRIPT } from "../../../page/script.ts";
import { signInMain } from "../../../page/sign_in_page.ts";
import { STYLE } from "../../../page/style.ts";
import type { HttpAnswer, HttpRequest } from "../../../runtime/http_server.ts";
import { VERSION } from "../../../version.ts";
import { HTML, json } from "./answers.ts";

/** What is behind the gate. */
export interface Pages {
  answer(request: HttpRequest, rights: Rights): Promise<HttpAnswer> | undefined;
  close(): Promise<void>;
}

/** The gate in front of the pages. */
export class PageGate {
  readonly #rules: AccessRules;
  readonly #pages: Pages;
  readonly #now: () => number;

  /** @param now Milliseconds since the epoch. */
  constructor(rules: AccessRules, pages: Pages, now: () => number) {
    this.#rules = rules;
    this.#pages = pages;
    this.#now = now;
  }

  /** Undefined for an address where nothing is. */
  answer(request: HttpRequest): Promise<HttpAnswer> | undefined {
    return this.#pass(request)?.then((answer) => ({
      ...answer,
      headers: { ...SECURITY_HEADERS, ...answer.headers },
    }));
  }

  async close(): Promise<void> {
    await this.#pages.close();
  }

  #pass(request: HttpRequest): Promise<HttpAnswer> | undefined {
    const headers = headersOf(request);
    if (!isKnownHost(headers.host, this.#rules.hosts)) {
      return Promise.resolve({
        status: 421,
        body: "This server does not know itself by this name. Start it with --allow-host NAME.\n",
      });
    }
    const rights = rightsOf(headers, this.#rules);
    if (request.method === "POST" && !isSameOrigin(headers, rights)) {
      return Promise.resolve(json(FROM_ELSEWHERE, 403));
    }
    switch (request.path) {
      case "/style.css":
        return Promise.resolve({ status: 200, body: STYLE, type: "text/css; charset=utf-8" });
      case "/script.js":
        return Promise.resolve({
          status: 200,
          body: SCRIPT,
          type: "text/javascript; charset=utf-8",
        });
      case "/sign-in":
        return Promise.resolve(this.#signIn(request));
    }
    if (rights.mayRead) return this.#pages.answer(request, rights);
    return Promise.resolve(
      request.path.startsWith("/api/")
        ? json(UNKNOWN, 401)
        : { status: 303, body: "", headers: { location: "/sign-in" } },
    );
  }

  /** Takes the token from the form, or from the address that was printed. */
  #signIn({ method, query, body }: HttpRequest): HttpAnswer {
    const { token } = this.#rules;
    const given = method === "POST" ? new URLSearchParams(body).get("token") : query.get("token");
    if (token !== undefined && given !== null && isSame(given, token)) {
      return {
        status: 303,
        body: "",
        headers: { location: "/", "set-cookie": signInCookie(token) },
      };
    }
    const problem = token === undefined
      ? "This page has no token: it is open, and changes nothing."
      : given === null
      ? undefined
      : "This is not the token.";
    const at = new Date(this.#now()).toISOString();
    const frame = { version: VERSION, at, databases: [], changes: "read-only" } as const;
    const main = signInMain(problem);
    return {
      status: problem === undefined ? 200 : 403,
      body: pageDocument(frame, { title: "Sign in", main }),
      type: HTML,
    };
  }
}

const FROM_ELSEWHERE = {
  code: "http/cross-site",
  message: "A page of another site sent this.",
  hint: "Use the page of this server; a program sends Authorization: Bearer TOKEN.",
} as const;

const UNKNOWN = {
  code: "http/token",
  message: "Reading from another host needs the token.",
  hint: "Send it: Authorization: Bearer TOKEN",
} as const;

function headersOf(request: HttpRequest): AccessHeaders {
  return {
    host: request.header("host"),
    origin: request.header("origin"),
    site: request.header("sec-fetch-site"),
    cookie: request.header("cookie"),
    authorization: request.header("authorization"),
  };
}
