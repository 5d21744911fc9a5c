/**
 * Connections whose password is asked for each time, such as a token that expires.
 *
 * @module
 */

import type { Connector } from "../connection/session/session.ts";
import { Secret } from "../connection/settings/secret.ts";
import type { ServerSettings } from "../connection/settings/settings.ts";
import { Failure } from "../failure.ts";

/** Gives the password of the next connection. */
export type PasswordSource = () => string | Promise<string>;

/**
 * Opens every session with a password of its own.
 *
 * @param connect Makes a connector for settings that have the password.
 */
export function rotatingPassword(
  settings: ServerSettings,
  { password, connect }: {
    readonly password: PasswordSource;
    readonly connect: (settings: ServerSettings) => Connector;
  },
): Connector {
  return {
    label: connect(settings).label,
    async open(options) {
      const secret = new Secret(await ask(password, options.signal));
      const passwords = settings.hosts.map(() => secret);
      return await connect({ ...settings, passwords }).open(options);
    },
  };
}

/** Milliseconds that the function may take. */
const LIMIT = 30_000;

/** @throws {Failure} `settings/no-password`; the signal's reason. */
async function ask(password: PasswordSource, signal: AbortSignal | undefined): Promise<string> {
  let end = () => {};
  const ended = new Promise<never>((_, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`it gave none within ${LIMIT / 1_000} seconds`)),
      LIMIT,
    );
    const stop = () => reject(signal!.reason);
    signal?.addEventListener("abort", stop, { once: true });
    end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    };
  });
  try {
    signal?.throwIfAborted();
    return await Promise.race([password(), ended]);
  } catch (cause) {
    signal?.throwIfAborted();
    throw new Failure(
      "settings/no-password",
      "The application's function for the password failed, so no connection was opened.",
      { hint: "Its error is the cause of this one. Correct it, and try again.", cause },
    );
  } finally {
    end();
  }
}
