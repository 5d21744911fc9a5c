import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Connector, Session } from "../../../src/connection/session/session.ts";
import { watchStatement } from "../../../src/connection/session/watched_statement.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { type FreezingProxy, startFreezingProxy } from "../../support/freezing_proxy.ts";
import { connectorTo, failureOf } from "../../support/harness.ts";

const LIMIT = { timeout: 60_000 };
const major = majors.at(-1)!;
const SLEEP = "SELECT pg_sleep(1.5)";

describe("a statement that may take hours", () => {
  /** Runs a statement through a proxy, with a look every 100 ms. */
  const watched = async (
    looksThrough: (url: string, proxy: FreezingProxy) => string,
    work: (session: Session, proxy: FreezingProxy) => Promise<unknown>,
  ) => {
    const server = await sharedCluster(major);
    const url = server.url(await server.createDatabase());
    const proxy = await startFreezingProxy(server);
    const throughProxy = `${proxy.through(url)}&sslmode=disable`;
    const session = await (await connectorTo(throughProxy)).open({ applicationName: "test" });
    const connector = await connectorTo(looksThrough(url, proxy));
    try {
      const watch = { session, connector, clock: systemClock, every: 100 };
      return await watchStatement(watch, () => work(session, proxy));
    } finally {
      await session.close();
      await proxy.close();
    }
  };
  const direct = (url: string) => url;

  test("is waited for as long as the server works for it", LIMIT, async () => {
    const ended = await watched(direct, async (session) => (await session.query(SLEEP)).command);
    assert.equal(ended, "SELECT");
  });

  test("is waited for while the server lets nobody look", LIMIT, async () => {
    const nobody = (url: string) => url.replace(/\/\/[^@]*@/, "//nobody_here:x@");
    const ended = await watched(nobody, async (session) => (await session.query(SLEEP)).command);
    assert.equal(ended, "SELECT");
  });

  test("is given up when its answer was lost", LIMIT, async () => {
    const failure = await failureOf(watched(direct, (session, proxy) => {
      proxy.freezeAnswerTo(/pg_sleep/);
      return session.query(SLEEP);
    }));
    assert.equal(failure.code, "connection/lost");
    assert.match(failure.message, /the server no longer works for it, or cannot be reached/);
  });

  test("is given up when nothing can be reached any more", LIMIT, async () => {
    const closed = (url: string) => url.replace(/(@|host=)[^/]*\//, "@127.0.0.1:1/");
    const failure = await failureOf(watched(closed, (session, proxy) => {
      proxy.freezeAnswerTo(/pg_sleep/);
      return session.query("SELECT pg_sleep(600)");
    }));
    assert.equal(failure.code, "connection/lost");
  });

  test("leaves errors of the server as they are", LIMIT, async () => {
    const connector: Connector = await connectorTo(
      (await sharedCluster(major)).url("postgres"),
    );
    const session = await connector.open({ applicationName: "test" });
    const watch = { session, connector, clock: systemClock };
    await assert.rejects(watchStatement(watch, () => session.query("SELECT 1/0")), /division/);
    assert.equal(session.answerLimit, 30_000);
    await session.close();
  });
});
