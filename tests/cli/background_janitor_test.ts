import assert from "node:assert/strict";
import * as fs from "node:fs";
import { describe, test } from "node:test";
import { writeMigrations } from "../support/harness.ts";
import { newScene } from "../support/background.ts";
import { majors, sharedCluster } from "../support/cluster.ts";
import { runMigrator, startMigrator } from "../support/command.ts";
import { withFolder } from "../support/folder.ts";
import { COUNTS, finished } from "../support/compaction.ts";

const LIMIT = { timeout: 180_000 };

describe("the janitor on the command line", () => {
  test(
    "folds, and failures and show go on telling, from wherever the archive is",
    LIMIT,
    async () => {
      const scene = await newScene(await sharedCluster(majors[0]!), 200);
      await scene.sql("UPDATE counted SET n = 2147483647 WHERE id = 30");
      const id = await finished(scene, { batchSize: 50 });
      await scene.sql(
        "UPDATE migrator.batched_background_migration_quarantine SET resolved_at = now()",
      );
      const migrations = writeMigrations({ shop: [{ up: "SELECT 1" }] });
      const run = (...words: readonly string[]) =>
        runMigrator([
          "background",
          ...words,
          "--migrations",
          migrations,
          "--database-url",
          scene.url,
        ]);
      const refusals = async (...words: readonly string[]) => {
        const { status, stderr, json } = await run(
          "failures",
          id,
          "--json",
          "--limit",
          "99",
          ...words,
        );
        assert.equal(status, 0, stderr);
        return json().map(({ event, transition_log_id, sql, until_cursor, why }) =>
          event === "refused-sub-batch" ? [transition_log_id, sql, until_cursor] : [event, why]
        );
      };
      await withFolder({ "first/": "", "second/": "" }, async (root) => {
        const before = await refusals();
        assert.ok(before.length > 3 && before.every((one) => one[0] !== undefined));
        const look = await run("janitor", "--older-than", "0");
        assert.match(look.stdout, new RegExp(`test \\(${id}\\): 4 batches could be folded`));
        assert.equal((await run("janitor", "--archive", `${root}/third`)).status, 8);
        const worked = await run(
          "work",
          "--older-than",
          "0",
          "--archive",
          `${root}/first`,
          "--json",
        );
        assert.ok(worked.json().some(({ event, jobs }) => event === "archived" && jobs === 4));
        assert.deepEqual(await scene.sql(COUNTS), [{ jobs: "0", logs: "0" }]);

        assert.deepEqual(await refusals(), before);
        const [name] = fs.readdirSync(`${root}/first`);
        fs.renameSync(`${root}/first/${name}`, `${root}/second/${name}`);
        assert.deepEqual(await refusals(), [["unread-archive", "not-here"], [
          "finished",
          undefined,
        ]]);
        assert.deepEqual(await refusals("--archive", `${root}/second`), before);
        const shown = (await run("show", id)).stdout.replaceAll(/\s+/g, " ");
        assert.match(shown, /4 succeeded/);
        assert.match(shown, new RegExp(`folded 4 batches, their log in ${root}/first/`));
        assert.match(shown, new RegExp(`bring ${name} here, and name its directory`));
        fs.appendFileSync(`${root}/second/${name}`, "more\n");
        assert.deepEqual((await refusals("--archive", `${root}/second`))[0], [
          "unread-archive",
          "not-the-same",
        ]);
      });
      await scene.session.close();
    },
  );

  test(
    "stopped while it writes, deletes nothing, and the next one goes on at once",
    LIMIT,
    async () => {
      const scene = await newScene(await sharedCluster(majors[0]!), 40);
      await finished(scene, { batchSize: 10 });
      const words = [
        "background",
        "janitor",
        "--older-than",
        "0",
        "--migrations",
        writeMigrations({ shop: [{ up: "SELECT 1" }] }),
        "--database-url",
        scene.url,
      ];
      const slow = `sh -c 'echo begun >&2; cat >/dev/null; sleep 60' {name}`;
      const running = startMigrator([...words, "--archive-command", slow]);
      await running.printed(/begun/);
      const began = performance.now();
      running.kill("SIGTERM");
      assert.equal((await running.finished).status, 143);
      assert.ok(performance.now() - began < 20_000);
      assert.equal((await scene.sql(COUNTS))[0]!["jobs"], "4");
      assert.equal((await runMigrator([...words, "--no-archive"])).status, 0);
      assert.equal((await scene.sql(COUNTS))[0]!["jobs"], "0");
      await scene.session.close();
    },
  );
});
