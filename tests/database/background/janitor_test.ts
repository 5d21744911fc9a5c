import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { describe, test } from "node:test";
import { parseArchiveLine } from "../../../src/background/archive/archive_format.ts";
import {
  commandDestination,
  type Destination,
  directoryDestination,
} from "../../../src/background/archive/destination.ts";
import { claimChunk } from "../../../src/background/janitor/compact.ts";
import type { JanitorContext } from "../../../src/background/janitor/janitor_context.ts";
import { runJanitor } from "../../../src/background/janitor/janitor.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { BACKGROUND, newScene, type Scene, work } from "../../support/background.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { COUNTS, finished, invented, SUMMARIES, told } from "../../support/compaction.ts";
import { withFolder } from "../../support/folder.ts";
import { failureOf } from "../../support/harness.ts";

const AT_ONCE = { migrations: 0, jobs: undefined };

const LIMIT = { timeout: 180_000 };

function janitorOf({ session }: Scene): JanitorContext {
  return {
    name: BACKGROUND,
    session,
    who: "tester",
    clock: systemClock,
    report: () => {},
    signal: new AbortController().signal,
  };
}

for (const major of majors) {
  describe(`the janitor, on PostgreSQL ${major}`, LIMIT, () => {
    test("keeps the log, deletes it, and everything is told as before", LIMIT, async () => {
      const scene = await newScene(await sharedCluster(major), 200);
      await scene.sql("UPDATE counted SET n = 2147483647 WHERE id = 30");
      const id = await finished(scene, { batchSize: 20, name: "Backfill/rows" });
      const aside = "migrator.batched_background_migration_quarantine";
      await withFolder({}, async (root) => {
        const to = await directoryDestination(root);
        const fold = (ages = AT_ONCE) => runJanitor(janitorOf(scene), { ages, to });
        // Not while a row is put aside, and not before its time.
        assert.deepEqual(await fold(), []);
        await scene.sql(`UPDATE ${aside} SET resolved_at = now(), resolution = 'dropped'`);
        assert.deepEqual(await fold({ migrations: 3_600_000, jobs: undefined }), []);
        const before = await told(scene);
        const [counted] = await scene.sql(COUNTS);
        const compactionResults = await fold();
        assert.deepEqual(await told(scene), before);
        assert.deepEqual(await scene.sql(COUNTS), [{ jobs: "0", logs: "0" }]);

        const name = `shop.Backfill_rows.generation1.id${id}.part1.jsonl`;
        assert.deepEqual(fs.readdirSync(root), [name]);
        const bytes = fs.readFileSync(`${root}/${name}`);
        const [{ archive }] = compactionResults as [typeof compactionResults[0]];
        assert.equal(archive.sha256, createHash("sha256").update(bytes).digest("hex"));
        assert.deepEqual([archive.bytes, archive.place], [bytes.length, `${root}/${name}`]);
        const lines = bytes.toString().trimEnd().split("\n").map(parseArchiveLine);
        assert.deepEqual(lines.map(({ kind }) => kind), [
          "header",
          ...Array.from({ length: 10 }, () => "job"),
          "end",
        ]);
        const jobs = lines.flatMap((line) => line.kind === "job" ? [line.job] : []);
        const transitions = jobs.flatMap((job) => job.transitions);
        assert.equal(String(transitions.length), counted!["logs"]);
        assert.ok(
          transitions.some(({ sqlstate, until_cursor, exception_class }) =>
            sqlstate === "22003" && until_cursor?.[0] === "30" &&
            exception_class === "NumericValueOutOfRange"
          ),
        );
        const [summary] = await scene.sql(SUMMARIES);
        assert.deepEqual(
          [
            "jobs_succeeded",
            "affected_rows",
            "transitions",
            "quarantined",
            "first_batch_size",
            "last_batch_size",
          ].map((column) => summary![column]),
          ["10", "199", counted!["logs"], "1", "20", "20"],
        );
        assert.ok(summary!["completed_at"] && summary!["part"] === null);
        assert.deepEqual(await fold(), [], "it is done once");
      });
      await scene.session.close();
    });

    test("gives a table's space back, and folds a migration that still runs", LIMIT, async () => {
      const scene = await newScene(await sharedCluster(major), 40);
      const id = await finished(scene, { batchSize: 10 });
      await invented(scene, { jobs: 2_500, id });
      await scene.sql("UPDATE migrator.batched_background_migrations SET status = 1");
      const size = async () => {
        await scene.sql("VACUUM migrator.batched_background_migration_jobs");
        const [row] = await scene.sql(
          "SELECT pg_relation_size('migrator.batched_background_migration_jobs') AS bytes",
        );
        return Number(row!["bytes"]);
      };
      const [before, large] = [await told(scene), await size()];
      const day = 86_400_000;
      const running = await runJanitor(janitorOf(scene), {
        ages: { migrations: 0, jobs: day },
        to: undefined,
      });
      assert.deepEqual(running.map(({ archive }) => archive.jobs), [2_500]);
      assert.equal((await scene.sql(COUNTS))[0]!["jobs"], "4", "what was done just now stays");
      assert.deepEqual(await told(scene), before);
      assert.ok(await size() <= large / 20, `${await size()} of ${large}`);
      const [summary] = await scene.sql(SUMMARIES);
      assert.deepEqual(
        [summary!["completed_at"], summary!["seconds_worked"], summary!["attempts"]],
        [null, "5000", "2500"],
      );
      // It goes on, ends, and the rest follows as another part.
      await work(scene.connector);
      const rest = await runJanitor(janitorOf(scene), { ages: AT_ONCE, to: undefined });
      assert.deepEqual(rest.map(({ archive }) => [archive.part, archive.jobs]), [[2, 4]]);
      assert.ok((await scene.sql(SUMMARIES))[0]!["completed_at"]);
      assert.equal((await told(scene))[0]!.affected, before[0]!.affected);
      await scene.session.close();
    });

    test("deletes nothing that a command or a directory did not keep", LIMIT, async () => {
      const scene = await newScene(await sharedCluster(major), 40);
      const id = await finished(scene, { batchSize: 10 });
      await withFolder({}, async (root) => {
        const said: string[] = [];
        const shell = (script: string) =>
          commandDestination(`sh -c '${script}' {name}`, (line) => said.push(line));
        const name = `shop.test.generation1.id${id}.part1.jsonl`;
        const refused: readonly (readonly [Destination, string, RegExp])[] = [
          [
            shell("cat >/dev/null; echo no such bucket >&2; exit 3"),
            "archive",
            /3:\nno such bucket/,
          ],
          [shell("kill -9 $$"), "archive", /SIGKILL/],
          [commandDestination("/nowhere/at-all {name}", () => {}), "archive", /at-all/],
          [await directoryDestination(root), "archive-exists", /another archive/],
        ];
        fs.writeFileSync(`${root}/${name}`, "somebody else's");
        for (const [to, code, message] of refused) {
          const failure = await failureOf(runJanitor(janitorOf(scene), { ages: AT_ONCE, to }));
          assert.equal(failure.code, `background/${code}`);
          assert.match(failure.message, message);
          assert.match(failure.hint!, /^Nothing was deleted\./);
          assert.equal((await scene.sql(COUNTS))[0]!["jobs"], "4");
        }
        assert.deepEqual(said, ["no such bucket"]);
        assert.deepEqual(fs.readdirSync(root), [name]);
        assert.equal(fs.readFileSync(`${root}/${name}`, "utf8"), "somebody else's");
        // Words, not a shell: what is in the name or the quotes stays there.
        const to = shell(`cat > "${root}/$0.kept"`);
        const [compactionResult] = await runJanitor(janitorOf(scene), { ages: AT_ONCE, to });
        assert.equal(compactionResult!.archive.place, name);
        assert.match(fs.readFileSync(`${root}/${name}.kept`, "utf8"), /"end":\{"jobs":4,/);
      });
      await scene.session.close();
    });

    test("touches no tables that others have a hand in", LIMIT, async () => {
      const scene = await newScene(await sharedCluster(major), 40);
      await finished(scene, { batchSize: 10 });
      await scene.sql(
        "CREATE FUNCTION spy() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'; " +
          "CREATE TRIGGER spy BEFORE DELETE ON migrator.batched_background_migration_jobs " +
          "FOR EACH ROW EXECUTE FUNCTION spy()",
      );
      const failure = await failureOf(
        runJanitor(janitorOf(scene), { ages: AT_ONCE, to: undefined }),
      );
      assert.equal(failure.code, "history/untrusted");
      assert.deepEqual(await scene.sql(SUMMARIES), []);
      await scene.session.close();
    });

    test("leaves to one janitor what another has in hand", LIMIT, async () => {
      const scene = await newScene(await sharedCluster(major), 40);
      for (const name of ["one", "two"]) await finished(scene, { batchSize: 10, name });
      const before = await told(scene);
      const claimedChunk = await claimChunk(janitorOf(scene), { ages: AT_ONCE, without: [] });
      assert.equal(claimedChunk?.name, "one");
      const others = await Promise.all([1, 2, 3].map(async () => {
        const session = await scene.connector.open({ applicationName: "janitor" });
        const context = janitorOf({ ...scene, session });
        const compactionResults = await runJanitor(context, { ages: AT_ONCE, to: undefined });
        await session.close();
        return compactionResults.map(({ name }) => name);
      }));
      assert.deepEqual(others.flat(), ["two"]);
      assert.deepEqual(await told(scene), before);
      await scene.session.close();
    });
  });
}
