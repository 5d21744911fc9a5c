import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Browser, findChromium, type Page, startBrowser } from "../support/browser.ts";
import { newest, sharedCluster } from "../support/cluster.ts";
import { runMigrator, startMigrator } from "../support/command.ts";
import { newProduct, type Product } from "../support/harness.ts";
import { type Served, servePage } from "./support.ts";

const LIMIT = { timeout: 120_000 };

const HOSTILE = `<img src=x onerror="document.title='broken'">'"&\u202e`;

const ROWS = 400;

const COUNT_UP = `table: counted
batchSize: 100
maxBatchSize: 100
subBatchSize: 10
maxSubBatchSize: 10
pause: 0
maxQuarantined: 5
sql: |
  UPDATE counted AS c SET n = n + 1 FROM pg_sleep(0.1) WHERE batch(c)
`;

const chromium = findChromium();

if (chromium === undefined) {
  console.warn(
    "SKIPPED: there is no chromium, so nobody looks at the page (apt-get install chromium)",
  );
}

describe("the page in a browser", { ...LIMIT, skip: chromium === undefined }, () => {
  let browser: Browser;
  let product: Product;
  let served: Served;
  const run = (...args: string[]) => runMigrator([...args, ...product.args]);
  const background = (...args: string[]) => run("background", ...args);
  const detail = (id: number) => `${served.origin}/databases/app/batched/${id}`;
  const events = async () =>
    (await product.sql(
      "SELECT event, who, reason FROM migrator.batched_background_migration_events ORDER BY id",
    )).map(({ event, who, reason }) => `${event} | ${who} | ${reason}`);

  before(async () => {
    browser = await startBrowser(chromium!);
    product = await newProduct(await sharedCluster(newest), [
      {
        up: "CREATE TABLE counted (id bigint PRIMARY KEY, n int NOT NULL DEFAULT 0, " +
          "CHECK (n = 0 OR id <> 7)); " +
          `INSERT INTO counted SELECT i FROM generate_series(1, ${ROWS}) AS i; ANALYZE counted;`,
        background: { count_up: COUNT_UP },
      },
      { up: "SELECT 1", yaml: "queues: [count_up]" },
    ]);
    await product.run();
    product.rewrite([
      {
        up: "CREATE TABLE counted (id bigint PRIMARY KEY, n int NOT NULL DEFAULT 0, " +
          "CHECK (n = 0 OR id <> 7)); " +
          `INSERT INTO counted SELECT i FROM generate_series(1, ${ROWS}) AS i; ANALYZE counted;`,
        background: { count_up: COUNT_UP },
      },
      { up: "SELECT 1", yaml: "queues: [count_up]" },
      { up: "SELECT 1 / 0" },
    ]);
    writeFileSync(
      `${product.directory}/app/3_m3/metadata.yaml`,
      `name: ${JSON.stringify(HOSTILE)}\nparents: [2]\n`,
    );
    assert.equal((await run("up")).status, 7);
    served = await servePage(["--allow-changes", ...product.args]);
  });

  after(async () => {
    await served?.stop();
    await browser?.close();
  });

  test("is read without a script, and no name breaks it", LIMIT, async () => {
    const page = await browser.open(served.origin, { hasScript: false });
    const text = await textOf(page);
    assert.match(text, /not up to date/);
    assert.match(text, /2 applied, 1 failed/);
    assert.ok(text.includes(HOSTILE.replace("\u202e", "\\u202E")), text);
    assert.match(text, /division by zero/);
    assert.match(text, /migrator describe 3 --db app/);
    assert.match(text, /count_up/);
    assert.equal(await page.evaluate("document.querySelectorAll('img').length"), 0);
    assert.equal(await page.evaluate("document.title"), "Migrations");
    assert.equal(await page.evaluate("document.querySelectorAll('svg circle').length"), 3);
    assert.deepEqual(page.complaints, []);
    await page.close();
  });

  test("shows a running migration as it goes on, and what happens to it", LIMIT, async () => {
    await background("set", "count_up", "--max-quarantined", "5");
    const page = await browser.open(detail(1));
    // A page that nobody sees follows nothing, so each has a window of its own.
    const overview = await browser.open(served.origin, { person: "bob" });
    assert.match(await textOf(page), /share unknown · 0 rows/);
    const working = startMigrator(["background", "work", "--until-done", ...product.args]);
    await page.until(`/[1-9]\\d? % · \\d+ of about 400 rows/.test(document.body.innerText)`);
    await page.until("document.querySelector('table') !== null", "the worker's batch");
    await overview.until("document.getElementById('log').innerText.includes('begin by')");
    await working.finished;
    await page.until("document.body.innerText.includes('100 %')");
    await overview.until(
      "document.getElementById('log').innerText.includes('put into quarantine')",
    );
    assert.match(await textOf(page), /Quarantine: 1/);
    assert.match(await textOf(page), /CheckViolation/);
    // The SQL to try it is there, folded.
    assert.match(
      await page.evaluate<string>("document.querySelector('#batched-live pre').textContent"),
      /^BEGIN .*\n(?:.*\n)*.*SET CONSTRAINTS ALL IMMEDIATE;\nROLLBACK;$/,
    );
    assert.deepEqual([...page.complaints, ...overview.complaints], []);
    await Promise.all([page.close(), overview.close()]);
  });

  test(
    "changes nothing before a sign-in, and everything after it, with name and reason",
    LIMIT,
    async () => {
      const page = await browser.open(detail(1));
      assert.equal(await page.evaluate("document.forms.length"), 0);
      await page.go(served.signIn);
      await page.go(detail(1));
      const change = async (button: string, fields: Readonly<Record<string, string>> = {}) => {
        const form = `form:has(button[value="${button}"])`;
        await page.type(`${form} input[name=who]`, "ada");
        await page.type(`${form} input[name=reason]`, `to ${button}`);
        for (const [name, value] of Object.entries(fields)) {
          await page.type(`${form} input[name=${name}]`, value);
        }
        await page.submit(`${form} button[value="${button}"]`);
        return await page.evaluate<string>("document.querySelector('.done, .trouble').innerText");
      };
      // Finished, with a row in quarantine.
      assert.match(
        await change("quarantine-retry", { rows: "x" }),
        /"x" is not the number of a row/,
      );
      assert.match(await change("quarantine-retry"), /1 row of count_up given back/);
      await background("work");
      await page.go(detail(1));
      assert.match(await change("quarantine-drop"), /Say which rows to drop/);
      assert.match(await change("quarantine-drop", { rows: "all" }), /1 row of count_up dropped/);
      assert.match(await change("finalize"), /is being finalized/);
      await page.until("document.body.innerText.includes('finalized')");

      await background("requeue", "count_up");
      await page.go(detail(2));
      assert.match(await change("pause"), /count_up is paused \(was active\)/);
      assert.match(await change("set", { pause: "5ms", workers: "2" }), /pause_ms 0 -> 5/);
      assert.match(await change("set", { pause: "soon" }), /"soon" is not a duration/);
      assert.match(await change("resume"), /count_up is active \(was paused\)/);
      await product.sql(
        "UPDATE migrator.batched_background_migrations SET status = 4 WHERE id = 2",
      );
      await page.go(detail(2));
      assert.match(await change("retry"), /count_up is active \(was failed\)/);
      const recorded = (await events()).filter((line) => line.includes("| ada (page of "));
      for (
        const [event, reason] of [
          ["quarantine-retry", "quarantine-retry"],
          ["quarantine-drop", "quarantine-drop"],
          ["confirm", "finalize"],
          ["pause", "pause"],
          ["set", "set"],
          ["resume", "resume"],
          ["retry", "retry"],
        ]
      ) {
        assert.ok(
          recorded.some((line) => line.startsWith(`${event} |`) && line.endsWith(`| to ${reason}`)),
          `${event}: ${recorded.join("\n")}`,
        );
      }
      assert.deepEqual(page.complaints, []);
      await page.close();
    },
  );

  test("two people at once see each other's changes, and none is lost", LIMIT, async () => {
    const [ada, bob] = await Promise.all(["ada", "bob"].map(async (person) => {
      const page = await browser.open(served.signIn, { person });
      await page.go(detail(2));
      return page;
    })) as [Page, Page];
    const fill = async (page: Page, who: string) => {
      await page.type("form:has(button[value=pause]) input[name=who]", who);
      await page.type("form:has(button[value=pause]) input[name=reason]", `by ${who}`);
    };
    await fill(ada, "ada");
    await fill(bob, "bob");
    await ada.submit("button[value=pause]");
    // What bob has typed stays while the page tells of ada's change.
    await bob.until("document.getElementById('batched-live').innerText.includes('by ada')");
    assert.equal(
      await bob.evaluate("document.querySelector('input[name=reason]').value"),
      "by bob",
    );
    await bob.submit("button[value=pause]");
    assert.match(
      await bob.evaluate<string>("document.querySelector('.done').innerText"),
      /is paused already/,
    );
    assert.equal((await events()).filter((line) => line.includes("by bob")).length, 0);
    await Promise.all([ada.close(), bob.close()]);
  });

  test("is used with the keyboard", LIMIT, async () => {
    const page = await browser.open(served.origin);
    await page.press("Tab");
    assert.equal(await page.evaluate("document.activeElement.className"), "skip");
    for (let tabs = 0; tabs < 30; tabs++) {
      if (await page.evaluate("document.activeElement.innerText === 'All migrations: 3'")) break;
      await page.press("Tab");
    }
    await page.press("Enter");
    assert.equal(await page.evaluate("document.activeElement.parentElement.open"), true);
    // It stays open and focused when the panel is replaced.
    await background("resume", "2", "--reason", "go on");
    await page.until("document.getElementById('log').innerText.includes('go on')");
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    assert.equal(await page.evaluate("document.activeElement.innerText"), "All migrations: 3");
    assert.equal(await page.evaluate("document.activeElement.parentElement.open"), true);
    await page.close();
  });

  test("fits a phone, and an accessibility checker finds nothing", LIMIT, async () => {
    const axe = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
    for (const isDark of [false, true]) {
      for (const width of [390, 1280]) {
        for (const url of [served.origin, detail(1), `${served.origin}/sign-in`]) {
          const page = await browser.open(url, { width, isDark, person: "bob" });
          await page.evaluate(
            "document.querySelectorAll('details').forEach((one) => one.open = true)",
          );
          const wide = await page.evaluate<number>("document.documentElement.scrollWidth");
          assert.ok(wide <= width, `${url} is ${wide} wide on ${width}`);
          await page.evaluate(axe);
          const violations = await page.evaluate<unknown[]>(
            "axe.run().then(({ violations }) => violations.map(({ id, impact, nodes }) => " +
              "({ id, impact, nodes: nodes.map((one) => one.html).slice(0, 3) })))",
          );
          assert.deepEqual(violations, [], `${url} ${width} ${isDark}`);
          await page.close();
        }
      }
    }
  });
});

async function textOf(page: Page): Promise<string> {
  return await page.evaluate<string>("document.body.innerText");
}
