import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { newProduct, type Product } from "../../support/harness.ts";
import { majors, type Server, sharedCluster } from "../../support/cluster.ts";
import { type Finished, runMigrator } from "../../support/command.ts";
import { pgbouncer, type Pooler, startPooler } from "../../support/pooler.ts";

/** One row of these is refused. */
const HALVE = `table: parts
subBatchSize: 50
pause: 0
maxQuarantined: 1
sql: |
  UPDATE parts SET half = 1000 / (id - 77) WHERE batch()
`;

describe("operating batched migrations through a pooler that gives each transaction a backend", {
  skip: pgbouncer === undefined,
  timeout: 120_000,
}, () => {
  let pooler: Pooler;
  let product: Product;
  before(async () => {
    const server: Server = await sharedCluster(majors[0]!);
    pooler = await startPooler(server, { pool_mode: "transaction", default_pool_size: 2 });
    product = await newProduct(server, [{
      up: "CREATE TABLE parts (id int PRIMARY KEY, half int); " +
        "INSERT INTO parts SELECT i FROM generate_series(1, 300) AS i; ANALYZE parts;",
      background: { halve: HALVE },
    }]);
    await product.run();
  });
  after(() => pooler?.dispose());

  const run = async (...words: string[]): Promise<Finished> => {
    const url = pooler.url(product.postgres);
    const to = ["--migrations", product.directory, "--database-url", url];
    return await runMigrator(["background", ...words, ...to]);
  };

  test("is as without one", async () => {
    const commands: readonly (readonly [readonly string[], number, RegExp])[] = [
      [["queue", "halve"], 0, /halve is queued \(1\)/],
      [["set", "halve", "--max-sub-batch-size", "20"], 0, /sub_batch_size 50 -> 20/],
      [["work", "--workers", "3"], 0, /batch(es)? done/],
      [["quarantine", "retry", "halve"], 8, /0 of 1 row done/],
      [["quarantine", "drop", "halve", "--all", "--reason", "known"], 0, /1 row of halve dropped/],
      [["finalize", "halve", "--workers", "2"], 0, /is finalized: nothing is left/],
    ];
    for (const [words, status, said] of commands) {
      const finished = await run(...words);
      assert.equal(finished.status, status, `${words.join(" ")}: ${finished.stderr}`);
      assert.match(finished.stdout, said);
    }
  });
});
