/**
 * Adapts a batching strategy of the program to the engine: the program chooses the end of each
 * batch; everything else follows the key.
 *
 * @module
 */

import { SqlError } from "../../connection/session/session.ts";
import { Failure } from "../../failure.ts";
import { compare, literalsOf } from "../strategy/key.ts";
import { keyset } from "../strategy/keyset.ts";
import type { BatchingStrategy, Cursor, NextBatchInput, Scan } from "../strategy/strategy.ts";
import type { DefinedStrategy } from "./define_batching_strategy.ts";
import { SqlFragment, statementOf } from "./sql_fragment.ts";

/** Each returned key is checked: a batch must move forward and not pass the end. */
export function customStrategy(defined: DefinedStrategy): BatchingStrategy {
  return {
    ...keyset,
    async nextBatch(scan, question) {
      const { after, first, until, size, arguments: given, ask } = question;
      let answer: readonly string[] | undefined;
      try {
        answer = await defined.nextBatch({
          table: new SqlFragment(scan.relation),
          key: scan.key.map(({ name }) => name),
          after,
          first,
          last: until,
          batchSize: size,
          arguments: given,
          query: async (strings, ...values) => await ask(statementOf(strings, values)),
        });
      } catch (error) {
        if (error instanceof SqlError || error instanceof Failure) throw error;
        throw failed(defined, error instanceof Error ? error.message : String(error));
      }
      if (answer === undefined) return undefined;
      await check(defined, { scan, question, answer });
      return answer;
    },
  };
}

async function check(
  defined: DefinedStrategy,
  { scan, question, answer }: {
    readonly scan: Scan;
    readonly question: NextBatchInput;
    readonly answer: Cursor;
  },
): Promise<void> {
  const { key } = scan;
  const { first, until, ask } = question;
  const words = JSON.stringify(answer);
  if (
    !Array.isArray(answer) || answer.length !== key.length ||
    answer.some((part) => typeof part !== "string")
  ) {
    throw failed(defined, `its answer ${words} is not the text of ${key.length} columns`);
  }
  const left = literalsOf(key, answer);
  const isForward = compare(key, { left, is: ">=", right: literalsOf(key, first) });
  const isInside = compare(key, { left, is: "<=", right: literalsOf(key, until) });
  const [row] = await ask(`SELECT ${isForward} AS forward, ${isInside} AS inside`);
  if (row?.["forward"] !== "t") {
    throw failed(
      defined,
      `its answer ${words} does not go forward: ${JSON.stringify(first)} is next`,
    );
  }
  if (row["inside"] !== "t") {
    throw failed(defined, `its answer ${words} is behind the end, ${JSON.stringify(until)}`);
  }
}

function failed({ name }: DefinedStrategy, why: string): Failure {
  return new Failure("background/strategy-failed", `Batching strategy ${name} failed: ${why}.`, {
    hint: "Mend nextBatch of the strategy, then let it go on: migrator background retry.",
    facts: { strategy: name },
  });
}
