/**
 * A page of a product, served by a process of its own.
 *
 * @module
 */

import { startMigrator } from "../support/command.ts";

/** A page that is served. */
export interface Served {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  /** The address that signs a browser in; the same as `origin` without a token. */
  readonly signIn: string;
  stop(): Promise<void>;
}

/**
 * @param args Options of `serve`, the migrations and the server among them.
 * @param environment Further variables.
 */
export async function servePage(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Served> {
  const serving = startMigrator(["serve", "--listen", "127.0.0.1:0", ...args], {
    env: environment,
    timeout: 300_000,
  });
  const [, origin, rest] = await serving.printed(/the page is at (http:\/\/[\d.:]+)\/(\S*)/);
  return {
    origin: origin!,
    signIn: `${origin}/${rest}`,
    async stop() {
      serving.kill("SIGTERM");
      await serving.finished;
    },
  };
}
