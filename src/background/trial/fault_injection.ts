/**
 * Cuts connections again and again, as if workers died.
 *
 * @module
 */

import type { Connector, Session } from "../../connection/session/session.ts";
import { Failure } from "../../failure.ts";

/** When, and how often. */
export interface InjectedFaults {
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
  /** At most so many. */
  readonly most: number;
  /** Called after each, once the server has let go of what was open. */
  readonly onCut: () => Promise<void>;
}

/** Messages between two cuts, at the least and at the most. */
const BETWEEN = { least: 2, most: 25 };

/**
 * A connector whose sessions are cut off at random: before a message is sent, or after it was answered,
 * which nobody hears then.
 */
export function faultInjectingConnector(
  connector: Connector,
  { random, most, onCut }: InjectedFaults,
): Connector & { readonly cuts: () => number } {
  let cuts = 0;
  const draw = () =>
    cuts >= most
      ? Infinity
      : BETWEEN.least + Math.floor(random() * (BETWEEN.most - BETWEEN.least + 1));
  let left = draw();
  return {
    label: connector.label,
    cuts: () => cuts,
    async open(options) {
      const session = await connector.open(options);
      let lost: Failure | undefined;
      const cut = async (): Promise<never> => {
        cuts++;
        left = draw();
        lost = new Failure("connection/lost", `The connection to ${connector.label} was cut.`);
        await letGo(session);
        await onCut();
        throw lost;
      };
      const through = async <T>(send: () => Promise<T>): Promise<T> => {
        if (lost) throw lost;
        const isNow = --left <= 0;
        const isBefore = isNow && random() < 0.5;
        if (isBefore) await cut();
        const answer = await send();
        return isNow ? await cut() : answer;
      };
      return new Proxy(session, {
        get(target, property) {
          if (property === "query") return (sql: string) => through(() => target.query(sql));
          if (property === "pipeline") {
            return (messages: readonly string[]) => through(() => target.pipeline(messages));
          }
          if (property === "isLost") return lost !== undefined || target.isLost;
          if (property === "close") return async () => lost ? undefined : await target.close();
          const value: unknown = Reflect.get(target, property, target);
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
    },
  };
}

/** As a server does when its client is gone: what was open is rolled back. */
async function letGo(session: Session): Promise<void> {
  if (session.server.embedded) {
    await session.query("ROLLBACK").catch(() => {});
    await session.close();
  } else {
    session.abandon();
  }
}
