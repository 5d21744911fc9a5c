import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { exposition } from "../../../src/background/metrics/exposition.ts";
import { familiesOf } from "../../../src/background/metrics/metric_families.ts";
import { Monitor } from "../../../src/background/metrics/monitor.ts";
import { runWorkerPool } from "../../../src/background/crew/worker_pool.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { ADD_ONE, BACKGROUND, declared, newScene, queue } from "../../support/background.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { runMigrator, startMigrator } from "../../support/command.ts";
import { readExposition } from "../../support/exposition.ts";
import { startFreezingProxy } from "../../support/freezing_proxy.ts";
import { connectorTo, sleep, writeMigrations } from "../../support/harness.ts";

const LIMIT = { timeout: 120_000 };

describe("what workers answer", LIMIT, () => {
  test("health, readiness and metrics while they work, until they are stopped", LIMIT, async () => {
    const scene = await newScene(await sharedCluster(majors[0]!), 3_000);
    await queue(scene.session, declared({ table: "counted", sql: ADD_ONE, subBatchSize: 500 }));
    const words = [
      "background",
      "work",
      "--forever",
      "--no-throttle",
      "--migrations",
      writeMigrations({ shop: [{ up: "SELECT 1" }] }),
      "--database-url",
      scene.url,
    ];
    const working = startMigrator([...words, "--workers", "2", "--listen", "127.0.0.1:0"]);
    const address = (await working.printed(/listening at (\S+): /))[1]!;
    const get = async (path: string, method = "GET") => {
      const response = await fetch(`http://${address}${path}`, { method });
      return { status: response.status, body: await response.text(), headers: response.headers };
    };
    const scraped = async () => readExposition((await get("/metrics")).body);
    const changed = async () =>
      [...await scraped()].find(([name]) =>
        name.startsWith("batched_migration_job_updated_tuples_total")
      )?.[1];
    for (let tries = 0; await changed() !== 3_000; tries++) {
      assert.ok(tries < 300, JSON.stringify([...await scraped()]));
      await sleep(100);
    }
    const { headers } = await get("/metrics");
    assert.equal(headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    const names = new Set([...await scraped()].map(([name]) => name.replace(/\{.*/, "")));
    assert.ok(names.has("batched_migration_job_duration_seconds"));
    assert.equal((await scraped()).get('migrator_background_workers{database="shop"}'), 2);
    assert.deepEqual(
      [await get("/healthz"), await get("/readyz")].map(({ status, body }) => [status, body]),
      [[200, "ok\n"], [200, "ok\n"]],
    );
    assert.equal((await get("/else")).status, 404);
    assert.equal((await get("/metrics", "POST")).status, 405);
    assert.deepEqual([(await get("/healthz", "HEAD")).body], [""]);

    const second = await runMigrator([...words, "--listen", address, "--json"]);
    assert.equal(second.status, 2);
    const { code, hint } = second.json().at(-1) as { code: string; hint: string };
    assert.deepEqual([code, hint.startsWith("Name another")], ["settings/listen", true]);

    working.kill("SIGTERM");
    assert.equal((await working.finished).status, 143);
    await scene.session.close();
  });

  test("a server that says nothing keeps nobody from ending", LIMIT, async () => {
    const server = await sharedCluster(majors[0]!);
    const scene = await newScene(server, 1);
    await queue(scene.session, declared({ table: "counted", sql: ADD_ONE }));
    const proxy = await startFreezingProxy(server);
    const connector = await connectorTo(`${proxy.through(scene.url)}&sslmode=disable`);
    const monitor = new Monitor({ name: BACKGROUND, connector, clock: systemClock, workers: 1 });
    proxy.freezeAt(/batched_background_migrations/);
    assert.match((await monitor.trouble())!, /has not answered for 3 s/);
    const began = performance.now();
    await monitor.close();
    assert.ok(performance.now() - began < 2_000);
    await proxy.close();
    await scene.session.close();
  });

  test("what was known last, while the server is away", LIMIT, async () => {
    const server = await sharedCluster(majors[0]!);
    const scene = await newScene(server, 30);
    const id = await queue(scene.session, declared({ table: "counted", sql: ADD_ONE }));
    let hours = 0;
    const clock = { ...systemClock, elapsed: () => systemClock.elapsed() + hours * 3_600_000 };
    const { connector } = scene;
    const monitor = new Monitor({ name: BACKGROUND, connector, clock, workers: 1 });
    await runWorkerPool({
      name: BACKGROUND,
      connector,
      process: "host:1",
      who: "tester",
      clock,
      report: (event) => monitor.note(event),
      heartbeat: monitor.heartbeat,
      signal: new AbortController().signal,
      isThrottled: false,
    }, { workers: 1, until: "done" });
    assert.equal(await monitor.trouble(), undefined);
    assert.equal(monitor.stuck(), undefined);

    const other = await newScene(server, 1);
    const [{ name }] = await scene.sql("SELECT current_database() AS name") as [{ name: string }];
    await other.sql(
      `ALTER DATABASE ${name} ALLOW_CONNECTIONS false; ` +
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
    );
    hours++;
    assert.match((await monitor.trouble())!, /^shop: /);
    const metricsInput = await monitor.known();
    const scraped = readExposition(exposition(familiesOf([metricsInput], "1")));
    assert.equal(scraped.get('migrator_background_up{database="shop"}'), 0);
    const of = (metric: string) =>
      scraped.get(
        `${metric}{database="shop",migration_id="${id}",migration_identifier="test/counted.id"}`,
      );
    assert.deepEqual(
      [of("batched_migration_migrated_tuples_total"), of("migrator_background_claims_total")],
      [30, 1],
    );
    await other.sql(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    hours++;
    assert.equal(await monitor.trouble(), undefined);
    // The worker that ended said so; one that did not is missed.
    assert.equal(monitor.stuck(), undefined);
    monitor.heartbeat.beat("host:1:1", 1_000);
    hours++;
    assert.match(monitor.stuck()!, /^worker host:1:1 of shop was last heard of 3600 s ago$/);
    await monitor.close();
    await other.session.close();
  });
});
