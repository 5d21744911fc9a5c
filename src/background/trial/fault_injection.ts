/**
 * Cuts connections repeatedly, to simulate crashes of workers.
 *
 * @module
 */

import type { Connector, PipelineOptions, Session } from "../../connection/session/session.ts";
import { Failure } from "../../failure.ts";

/** When and how often connections are cut. */
export interface InjectedFaults {
  /** Returns a number in [0, 1). */
  readonly random: () => number;
  /** The most cuts. */
  readonly most: number;
  /** Called after each cut, once the server has rolled back the open transaction. */
  readonly onCut: () => Promise<void>;
}

/** The fewest and the most messages between two cuts. */
const BETWEEN = { least: 2, most: 25 };

/**
 * A connector whose sessions are cut at random: before a message is sent, or after it was answered,
 * so that the answer is lost.
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
        await rollBackOpen(session);
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
            return (messages: readonly string[], options?: PipelineOptions) =>
              through(() => target.pipeline(messages, options));
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

/** Rolls back the open transaction, as the server does when its client is gone. */
async function rollBackOpen(session: Session): Promise<void> {
  if (session.server.embedded) {
    await session.query("ROLLBACK").catch(() => {});
    await session.close();
  } else {
    session.abandon();
  }
}
