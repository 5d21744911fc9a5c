import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { parseArchiveLine } from "../../../src/background/archive/archive_format.ts";
import { newScene } from "../../support/background.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { withFolder } from "../../support/folder.ts";
import { COUNTS, finished, invented, SUMMARIES, told } from "../../support/compaction.ts";

const JANITOR = fileURLToPath(new URL("../../support/background_janitor.ts", import.meta.url));

const LIMIT = { timeout: 180_000 };

describe("a janitor that dies", () => {
  test("before any of its messages: nothing is lost, nothing counted twice", LIMIT, async () => {
    const scene = await newScene(await sharedCluster(majors[0]!), 40);
    const id = await finished(scene, { batchSize: 10 });
    await invented(scene, { jobs: 1_500, id });
    const before = await told(scene);
    const run = (directory: string, point: number) => {
      const args = "deno" in process.versions
        ? ["run", "-A", "-q", "--no-check", JANITOR]
        : ["run", "--no-env-file", JANITOR];
      return spawnSync(process.execPath, [...args, scene.url, directory, String(point)], {
        encoding: "utf8",
      });
    };
    const state = async () =>
      JSON.stringify([await scene.sql(COUNTS), await scene.sql(SUMMARIES.replace("*", "part"))]);
    await withFolder({}, async (root) => {
      let deaths = 0;
      const contents = new Set<string>();
      for (let isOver = false, point = 1; !isOver; point++) {
        const was = await state();
        const { status, signal, stderr } = run(root, point);
        isOver = status === 0;
        assert.ok(isOver || signal === "SIGKILL", stderr);
        if (!isOver) deaths++;
        assert.deepEqual(await told(scene), before, `after its death at message ${point}`);
        for (const name of fs.readdirSync(root).filter((one) => !one.startsWith("."))) {
          contents.add(fs.readFileSync(`${root}/${name}`, "utf8"));
        }
        await scene.sql(
          "UPDATE migrator.batched_background_migration_summaries SET lease_expires_at = now()",
        );
        // From here on there are other points.
        if (await state() !== was) point = 1;
      }
      assert.equal(contents.size, 1, "the archive never changed");
      const lines = [...contents][0]!.trimEnd().split("\n").map(parseArchiveLine);
      const ids = lines.flatMap((line) => line.kind === "job" ? [line.job.id] : []);
      assert.deepEqual([ids.length, new Set(ids).size], [1_504, 1_504]);
      assert.deepEqual(await scene.sql(COUNTS), [{ jobs: "0", logs: "0" }]);
      const [{ jobs_succeeded, affected_rows }] = await scene.sql(SUMMARIES) as [
        Record<string, string>,
      ];
      assert.deepEqual([jobs_succeeded, affected_rows], ["1504", String(40 + 7 * 1_500)]);
      assert.ok(deaths > 10, `${deaths} deaths`);
    });
    await scene.session.close();
  });
});
