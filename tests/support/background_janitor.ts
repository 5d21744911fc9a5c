/**
 * A process with one janitor, for tests that kill it: its arguments are the server's URL, a directory
 * for archives, and the number of the message to the server before which it dies; 0: none.
 *
 * @module
 */

import process from "node:process";
import { directoryDestination } from "../../src/background/archive/destination.ts";
import { runJanitor } from "../../src/background/janitor/janitor.ts";
import type { Session } from "../../src/connection/session/session.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { connectorTo } from "./harness.ts";
import { BACKGROUND } from "./background.ts";

const [url = "", directory = "", point = "0"] = process.argv.slice(2);

/** Dies before one of its messages. */
function mortal(session: Session): Session {
  let messages = 0;
  const query = session.query.bind(session);
  session.query = async (text) => {
    if (++messages === Number(point)) {
      process.kill(process.pid, "SIGKILL");
      await new Promise(() => {});
    }
    return await query(text);
  };
  return session;
}

const connector = await connectorTo(url);
const compactionResults = await runJanitor({
  name: BACKGROUND,
  session: mortal(await connector.open({ applicationName: "janitor" })),
  who: "tester",
  clock: systemClock,
  report: () => {},
  signal: new AbortController().signal,
}, { ages: { migrations: 0, jobs: undefined }, to: await directoryDestination(directory) });
console.log(JSON.stringify(compactionResults));
process.exit(0);
