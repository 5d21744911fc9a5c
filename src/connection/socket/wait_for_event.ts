/**
 * Waits for events of a socket without leaving listeners behind, and destroys sockets.
 *
 * @module
 */

import type * as net from "node:net";

type Listener = (...values: never[]) => void;

/**
 * Waits for one of the socket's events. A socket on which the wait fails is destroyed.
 *
 * @param listen Returns the listeners to attach, by event; each settles the wait by calling `done`.
 * @throws The socket's error, `ECLOSED` if it was closed, or the signal's reason.
 */
export function waitForEvent<T>(
  socket: net.Socket,
  signal: AbortSignal,
  listen: (done: (value: T) => void) => Readonly<Record<string, Listener>>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const finish = (act: () => void) => {
      for (const [event, listener] of entries) {
        socket.removeListener(event, listener as () => void);
      }
      signal.removeEventListener("abort", stop);
      act();
    };
    const fail = (error: unknown) =>
      finish(() => {
        destroySocket(socket);
        reject(error);
      });
    const stop = () => fail(signal.reason);
    const entries: [string, Listener][] = [
      ...Object.entries(listen((value) => finish(() => resolve(value)))),
      ["error", fail],
      ["close", () => fail(Object.assign(new Error("closed by the server"), { code: "ECLOSED" }))],
    ];
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
    for (const [event, listener] of entries) socket.on(event, listener as () => void);
  });
}

/** Without a listener, an error of the socket would end the program. */
export function ignoreErrors<T extends net.Socket>(socket: T): T {
  return socket.on("error", () => {});
}

/** Destroys a socket; errors that it still emits are ignored. */
export function destroySocket(socket: net.Socket): void {
  ignoreErrors(socket).destroy();
}
