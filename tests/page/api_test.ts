import assert from "node:assert/strict";
import * as http from "node:http";
import { after, before, describe, test } from "node:test";
import { newest, sharedCluster } from "../support/cluster.ts";
import { runMigrator } from "../support/command.ts";
import { startFreezingProxy } from "../support/freezing_proxy.ts";
import { newProduct, type Product, writeMigrations } from "../support/harness.ts";
import { type Served, servePage } from "./support.ts";

const LIMIT = { timeout: 120_000 };

const TOKEN = "a-token-of-the-suite-1";

const FILL = `table: counted
maxQuarantined: 2
sql: UPDATE counted SET n = 1 WHERE batch()
`;

/** A request with any headers, which `fetch` would not send. */
async function request(
  url: string,
  { method = "GET", headers = {}, body = "" }: {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  } = {},
) {
  return await new Promise<
    { status: number; body: string; headers: http.IncomingHttpHeaders }
  >((resolve, reject) => {
    const sent = http.request(url, { method, headers }, (response) => {
      let text = "";
      response.on("data", (chunk) => text += String(chunk));
      response.on(
        "end",
        () => resolve({ status: response.statusCode!, body: text, headers: response.headers }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

describe("the JSON of the page", LIMIT, () => {
  let product: Product;
  let served: Served;

  before(async () => {
    product = await newProduct(await sharedCluster(newest), [
      {
        up: "CREATE TABLE counted (id bigint PRIMARY KEY, n int NOT NULL DEFAULT 0, " +
          "CHECK (n = 0 OR id <> 7)); " +
          "INSERT INTO counted SELECT i FROM generate_series(1, 20) AS i; ANALYZE counted;",
        background: { fill: FILL },
      },
      { up: "SELECT 1", yaml: "queues: [fill]" },
    ]);
    await product.run();
    await runMigrator(["background", "work", ...product.args]);
    served = await servePage(["--allow-changes", ...product.args], {
      MIGRATOR_PAGE_TOKEN: TOKEN,
    });
  });

  after(() => served?.stop());

  test("is as OpenAPI describes it", LIMIT, async () => {
    const read = async (path: string) => JSON.parse((await request(served.origin + path)).body);
    const api = await read("/api/v1/openapi.json");
    const { schemas } = api.components;
    const schemaOf = (path: string, status = "200") =>
      api.paths[path].get.responses[status].content["application/json"].schema;
    const answers: readonly (readonly [string, string])[] = [
      ["/api/v1/databases", "/api/v1/databases"],
      ["/api/v1/databases/{database}", "/api/v1/databases/app"],
      [
        "/api/v1/databases/{database}/batched-migrations/{id}",
        "/api/v1/databases/app/batched-migrations/1",
      ],
      ["/api/v1/log", "/api/v1/log"],
    ];
    for (const [path, address] of answers) {
      const value = await read(address);
      assert.deepEqual(faults(value, schemaOf(path), schemas, address), []);
    }
    const batched = await read("/api/v1/databases/app/batched-migrations/1");
    assert.equal(batched.status, "finished");
    assert.equal(batched.quarantine.length, 1);
    assert.match(batched.failures[0].sql, /ROLLBACK;$/);
    const missing = await request(`${served.origin}/api/v1/databases/app/batched-migrations/99`);
    assert.equal(missing.status, 404);
    assert.deepEqual(faults(JSON.parse(missing.body), schemas.Trouble, schemas, "404"), []);
    // The check itself can fail.
    assert.notDeepEqual(
      faults({ ...batched, extra: 1 }, schemas.BatchedMigration, schemas, ""),
      [],
    );
    assert.notDeepEqual(
      faults({ ...batched, status: 3 }, schemas.BatchedMigration, schemas, ""),
      [],
    );
  });

  test("changes something for who has the token and says who and why", LIMIT, async () => {
    const url = `${served.origin}/api/v1/databases/app/batched-migrations/1/quarantine-drop`;
    const authorization = `Bearer ${TOKEN}`;
    const body = JSON.stringify({ who: "ada", reason: "spam", rows: ["all"] });
    const post = (headers: Readonly<Record<string, string>>, text = body) =>
      request(url, { method: "POST", headers, body: text });
    const codeOf = async (answer: ReturnType<typeof post>) => {
      const { status, body } = await answer;
      return `${status} ${JSON.parse(body).code}`;
    };
    assert.equal(await codeOf(post({})), "403 http/cross-site");
    assert.equal(await codeOf(post({ "sec-fetch-site": "same-origin" })), "403 http/token");
    assert.equal(
      await codeOf(post({ authorization, origin: "http://evil.example" })),
      "403 http/cross-site",
    );
    assert.equal(await codeOf(post({ authorization: "Bearer x" })), "403 http/cross-site");
    assert.equal(await codeOf(post({ authorization }, "[]")), "400 usage/invalid-value");
    assert.equal(await codeOf(post({ authorization }, "{}")), "400 usage/missing-argument");
    assert.equal((await post({ authorization, host: "evil.example" })).status, 421);
    assert.equal((await post({ authorization }, "x".repeat(70_000))).status, 413);
    const untouched = await product.sql(
      "SELECT count(*)::int AS n FROM migrator.batched_background_migration_quarantine " +
        "WHERE resolved_at IS NULL",
    );
    assert.deepEqual(untouched, [{ n: 1 }]);
    const done = await post({ authorization });
    assert.deepEqual([done.status, JSON.parse(done.body)], [200, {
      text: "1 row of fill dropped",
    }]);
    assert.equal(await codeOf(post({ authorization })), "409 background/unknown-row");
  });

  test("and the pages say what no browser may do with them, and no secret", LIMIT, async () => {
    for (const path of ["/", "/databases/app/batched/1", "/nothing", "/sign-in", "/style.css"]) {
      const { headers, body } = await request(served.origin + path);
      assert.ok(!body.includes(TOKEN), path);
      if (path === "/nothing") continue;
      const policy = String(headers["content-security-policy"]);
      assert.match(policy, /default-src 'none'.*frame-ancestors 'none'/, path);
      assert.doesNotMatch(policy, /unsafe/);
      assert.equal(headers["x-frame-options"], "DENY");
      assert.equal(headers["cache-control"], "no-store");
    }
    assert.equal((await request(served.origin, { headers: { host: "evil.example" } })).status, 421);
    const form = await request(`${served.origin}/databases/app/batched/1/change`, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}` },
      body: "change=pause&who=a&reason=b&form_token=made-up",
    });
    assert.deepEqual([form.status, JSON.parse(form.body).code], [403, "http/form"]);
    const wrong = await request(`${served.origin}/sign-in?token=guessed`);
    assert.deepEqual([wrong.status, wrong.headers["set-cookie"]], [403, undefined]);
  });
});

describe("the page beside trouble", LIMIT, () => {
  test("answers in time while a server is silent, and says so", LIMIT, async () => {
    const server = await sharedCluster(newest);
    const proxy = await startFreezingProxy(server);
    const silent = await server.createDatabase();
    const fine = await server.createDatabase();
    const directory = writeMigrations({ fine: [{ up: "SELECT 1" }], silent: [{ up: "SELECT 1" }] });
    const served = await servePage([
      "--migrations",
      directory,
      "--database-url",
      `fine=${server.url(fine)}`,
      "--database-url",
      `silent=${proxy.through(server.url(silent))}&sslmode=disable`,
    ]);
    assert.doesNotMatch((await request(served.origin)).body, /connection\/timeout/);
    proxy.freeze();
    const began = performance.now();
    const { status, body } = await request(served.origin);
    assert.ok(performance.now() - began < 8_000);
    assert.equal(status, 200);
    assert.match(body, /connection\/timeout<\/strong> .* did not answer within 5 s/);
    // The other one is shown as ever.
    assert.match(body, /1 pending/);
    assert.doesNotMatch(body, /suite-c4n4ry/);
    const read = JSON.parse((await request(`${served.origin}/api/v1/databases/silent`)).body);
    assert.deepEqual([read.migrations, read.batched_migrations], [null, null]);
    await proxy.close();
    await served.stop();
  });

  test("is not read from another host without the token", LIMIT, async () => {
    const server = await sharedCluster(newest);
    const product = await newProduct(server, [{ up: "SELECT 1" }]);
    const served = await servePage(["--listen", "0.0.0.0:0", ...product.args]);
    const origin = served.origin.replace("0.0.0.0", "127.0.0.1");
    const first = await request(origin);
    assert.deepEqual([first.status, first.headers.location], [303, "/sign-in"]);
    assert.equal((await request(`${origin}/api/v1/databases`)).status, 401);
    const signedIn = await request(served.signIn.replace("0.0.0.0", "127.0.0.1"));
    const cookie = String(signedIn.headers["set-cookie"]).split(";")[0]!;
    const read = await request(origin, { headers: { cookie } });
    assert.equal(read.status, 200);
    assert.match(read.body, /read only/);
    await served.stop();
  });
});

type Schema = Readonly<Record<string, unknown>>;

/** What is wrong with a value, as far as the schemas of the page go. */
function faults(
  value: unknown,
  schema: Schema,
  schemas: Readonly<Record<string, Schema>>,
  at: string,
): readonly string[] {
  const inner = (one: unknown, part: unknown, name: string) =>
    faults(one, part as Schema, schemas, `${at}/${name}`);
  if (typeof schema["$ref"] === "string") {
    return inner(value, schemas[schema["$ref"].split("/").at(-1)!], "");
  }
  if (Array.isArray(schema["anyOf"])) {
    const all = schema["anyOf"].map((one) => inner(value, one, ""));
    return all.some((one) => one.length === 0) ? [] : all[0]!;
  }
  if (Array.isArray(schema["enum"]) && !schema["enum"].includes(value)) return [`${at}: ${value}`];
  const kind = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  if (schema["type"] !== undefined && schema["type"] !== kind) {
    return [`${at} is ${kind}, not ${schema["type"]}`];
  }
  if (kind === "array" && schema["items"]) {
    return (value as unknown[]).flatMap((one, i) => inner(one, schema["items"], String(i)));
  }
  if (kind !== "object") return [];
  const fields = value as Readonly<Record<string, unknown>>;
  const properties = (schema["properties"] ?? {}) as Readonly<Record<string, unknown>>;
  const missing = ((schema["required"] ?? []) as readonly string[])
    .filter((name) => !(name in fields)).map((name) => `${at} lacks ${name}`);
  return [
    ...missing,
    ...Object.entries(fields).flatMap(([name, one]) => {
      if (name in properties) return inner(one, properties[name], name);
      return schema["additionalProperties"] === false ? [`${at} has ${name}`] : [];
    }),
  ];
}
