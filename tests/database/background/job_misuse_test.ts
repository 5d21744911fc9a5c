import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { BatchedJob } from "../../../src/background/jobs/job.ts";
import { newScene, queue } from "../../support/background.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { countsOf, jobOf, statesOf, workWithJobs } from "../../support/jobs.ts";

const [major] = majors;

describe("jobs in TypeScript", () => {
  test("that cannot be right fail at once, and say why", {}, async () => {
    const server = await sharedCluster(major!);
    const cases: readonly (readonly [RegExp, (job: BatchedJob) => Promise<void>])[] = [
      [/await each of them/, (job) =>
        job.eachSubBatch(async (sub) => {
          await Promise.resolve();
          void sub.sql`UPDATE counted SET n = 9 WHERE ${sub.rows()}`;
        })],
      [/returned without job.eachSubBatch/, () => Promise.resolve()],
      [/await job.eachSubBatch/, (job) => {
        void job.eachSubBatch(async (sub) => {
          await sub.sql`UPDATE counted SET n = 9 WHERE ${sub.rows()}`;
        });
        return Promise.resolve();
      }],
      [/twice/, async (job) => {
        const each = () =>
          job.eachSubBatch(async (sub) => {
            await sub.sql`UPDATE counted SET n = 9 WHERE ${sub.rows()}`;
          });
        await each();
        await each();
      }],
      [/never asked which rows/, (job) =>
        job.eachSubBatch(async (sub) => {
          await sub.sql`UPDATE counted SET n = 9`;
        })],
      [/several statements/, (job) =>
        job.eachSubBatch(async (sub) => {
          await sub.sql`UPDATE counted SET n = 9 WHERE ${sub.rows()}; COMMIT`;
        })],
      [/must not send COMMIT/, (job) =>
        job.eachSubBatch(async (sub) => {
          await sub.sql`UPDATE counted SET n = 9 WHERE ${sub.rows()}`;
          await sub.sql`/* and */ commit ;`;
        })],
      [/undefined, which is no value/, (job) =>
        job.eachSubBatch(async (sub) => {
          const nothing = undefined as unknown as string;
          await sub.sql`UPDATE counted SET n = ${nothing} WHERE ${sub.rows()}`;
        })],
      [/loose-index-scan/, (job) => job.distinctEachBatch(() => Promise.resolve())],
      // Whoever takes no notice of an error has not done it.
      [/column "m" .* does not exist/, (job) =>
        job.eachSubBatch(async (sub) => {
          await sub.sql`UPDATE counted SET m = 9 WHERE ${sub.rows()}`.catch(() => 0);
        })],
    ];
    const at = await newScene(server, 40);
    const jobs = cases.map(([, perform], i) => jobOf(perform, { name: `case_${i}` }));
    for (const job of jobs) await queue(at.session, await job.declaration());
    await workWithJobs({ connector: at.connector, jobs });
    const states = await statesOf(at);
    for (const [i, [expected]] of cases.entries()) {
      assert.equal(states[i]!["status"], "4", `${i}`);
      assert.match(states[i]!["reason"]!, expected, `${i}`);
    }
    assert.deepEqual(await countsOf(at), [{ n: "0", count: "40" }]);
    await at.session.close();
  });

  test("cannot use a sub-batch that is over", {}, async () => {
    const at = await newScene(await sharedCluster(major!), 40);
    const job = jobOf(async (job) => {
      let kept: (() => Promise<unknown>) | undefined;
      await job.eachSubBatch(async (sub) => {
        kept = () => sub.sql`UPDATE counted SET n = n + 1 WHERE ${sub.rows()}`;
        await kept();
      });
      await kept!();
    });
    await queue(at.session, await job.declaration());
    await workWithJobs({ connector: at.connector, jobs: [job] });
    assert.match((await statesOf(at))[0]!["reason"]!, /after its callback had returned/);
    assert.deepEqual(await countsOf(at), [{ n: "0", count: "40" }]);
    await at.session.close();
  });
});
