/**
 * A process with one worker, for tests that kill it: its arguments are the server's URL and its name.
 * Every sub-batch takes as long as the third says, in milliseconds, so that there is something to hit.
 *
 * @module
 */

import process from "node:process";
import { connectorTo } from "./harness.ts";
import { work } from "./background.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { sqlWork } from "../../src/background/worker/sql_work.ts";

const [url = "", worker = "", slowness = "0"] = process.argv.slice(2);
const stop = new AbortController();
process.on("SIGTERM", () => stop.abort());
let isWorking = false;
await work(await connectorTo(url), {
  worker,
  signal: stop.signal,
  workOf: (migration) => async (batch) => {
    if (!isWorking) console.log("working");
    isWorking = true;
    const affected = await sqlWork(migration)!(batch);
    await systemClock.sleep(Number(slowness) * systemClock.random());
    return affected;
  },
});
process.exit(0);
