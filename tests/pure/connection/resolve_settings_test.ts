import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { label } from "../../../src/connection/settings/redact.ts";
import type { ServerSettings, SettingsOrigin } from "../../../src/connection/settings/settings.ts";
import {
  resolveSettings,
  type SettingsInput,
} from "../../../src/connection/settings/resolve_settings.ts";
import { Failure } from "../../../src/failure.ts";

interface World {
  readonly urls?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly configured?: string;
  /** Text and permission bits by path. */
  readonly files?: Readonly<Record<string, readonly [text: string, bits: number]>>;
}

/** What tells a file from a directory. */
const PLAIN = 0o100000;

function resolve(world: World, parts: Partial<SettingsInput> = {}): Promise<SettingsOrigin> {
  return resolveSettings({
    database: "frontend",
    databases: ["frontend", "code-intel"],
    urls: world.urls ?? [],
    environment: world.environment ?? {},
    configured: (key) =>
      key === "url" && world.configured !== undefined
        ? { origin: "url in migrator.yaml", text: world.configured }
        : undefined,
    homeDirectory: "/home/me",
    userName: "me",
    readFile: (path) => Promise.resolve(world.files?.[path]?.[0]),
    permissions: (path) => Promise.resolve(world.files?.[path] && PLAIN | world.files[path][1]),
    ...parts,
  });
}

async function server(world: World): Promise<ServerSettings> {
  const { settings } = await resolve(world);
  assert.equal(settings.kind, "server");
  return settings as ServerSettings;
}

async function failure(world: World, parts: Partial<SettingsInput> = {}): Promise<Failure> {
  try {
    await resolve(world, parts);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  return assert.fail("nothing was thrown");
}

const passwordsOf = ({ passwords }: ServerSettings) => passwords.map((one) => one?.reveal());

const url = (host: string) => `postgres://u@${host}/d`;
const ALL = {
  FRONTEND_DATABASE_URL: url("own-url"),
  FRONTEND_PGHOST: "own-pg",
  DATABASE_URL: url("url"),
  PGHOST: "pg",
};
const without = (...names: (keyof typeof ALL)[]) =>
  Object.fromEntries(Object.entries(ALL).filter(([name]) => !names.includes(name as never)));

describe("resolveSettings()", () => {
  const order: readonly (readonly [host: string, origin: string, world: World])[] = [
    ["named", "--database-url", {
      urls: [url("plain"), `frontend=${url("named")}`, `code-intel=${url("other")}`],
      environment: ALL,
    }],
    ["plain", "--database-url", {
      urls: [url("plain"), `code-intel=${url("other")}`],
      environment: ALL,
    }],
    ["own-url", "FRONTEND_DATABASE_URL", { environment: ALL }],
    ["own-pg", "FRONTEND_PGHOST", { environment: without("FRONTEND_DATABASE_URL") }],
    ["url", "DATABASE_URL", { environment: without("FRONTEND_DATABASE_URL", "FRONTEND_PGHOST") }],
    ["pg", "PGHOST", { environment: { PGHOST: "pg" }, configured: url("yaml") }],
    ["yaml", "url in migrator.yaml", { configured: url("yaml") }],

    ["a", "--database-url", { urls: ["host=a dbname=b"] }],
    ["a", "--database-url", { urls: ["frontend=host=a dbname=b"] }],
  ];
  for (const [host, origin, world] of order) {
    test(`${host} of ${origin} counts: ${JSON.stringify(world)}`, async () => {
      const found = await resolve(world);
      assert.equal((found.settings as ServerSettings).hosts[0]?.host, host);
      assert.equal(found.origin, origin);
    });
  }

  test("takes a password for migrator.yaml's server from the variables of the database", async () => {
    const found = await server({
      environment: { FRONTEND_PGPASSWORD: "secret" },
      configured: url("yaml"),
    });
    assert.deepEqual(passwordsOf(found), ["secret"]);
  });

  test("asks migrator.yaml only where nothing before it counts", async () => {
    const asked: string[] = [];
    const configured = (key: string) => void asked.push(key);
    await resolve({ environment: { PGHOST: "pg" } }, { configured });
    assert.deepEqual(asked, []);
    await assert.rejects(
      resolve({}, { configured }),
      ({ code }: Failure) => code === "settings/no-database",
    );
    assert.deepEqual(asked, ["url"]);
  });

  const labels: readonly (readonly [expected: string, world: World])[] = [
    ["postgres://me@/shop?host=/var/run/postgresql", { environment: { PGDATABASE: "shop" } }],
    ["postgres://app@/app?host=/var/run/postgresql", { environment: { PGUSER: "app" } }],
    ["postgres://me@/me?host=/tmp&port=5433", {
      environment: { PGPORT: "5433" },
      files: { "/tmp/.s.PGSQL.5433": ["", 0o777] },
    }],
    ["postgres://me@/me?host=/var/run/postgresql", {
      urls: ["postgres://"],
      files: {
        "/tmp/.s.PGSQL.5432": ["", 0o777],
        "/var/run/postgresql/.s.PGSQL.5432": ["", 0o777],
      },
    }],
    ["postgres://u@h:5433/d", {
      urls: ["postgres://h"],
      environment: { PGPORT: "5433", PGUSER: "u", PGDATABASE: "d", PGHOST: "other" },
    }],
    ["postgres://own@h:5432/d", {
      environment: { DATABASE_URL: "postgres://u@h/d", FRONTEND_PGUSER: "own" },
    }],
    ["postgres://u@a:1,b:1/d", { urls: ["postgres://u@a,b/d?port=1"] }],
    ["postgres://u@a:5432,b:2/d", { urls: ["postgres://u@a,b:2/d"] }],
    ["postgres://me@h:5432/me", { urls: ["postgres://h"], environment: { PGUSER: "" } }],
  ];
  for (const [expected, world] of labels) {
    test(`${JSON.stringify(world)} is ${expected}`, async () => {
      assert.equal(label(await server(world)), expected);
    });
  }

  test("a name with a dash is looked for with an underscore", async () => {
    const found = await resolve(
      { environment: { CODE_INTEL_DATABASE_URL: url("own") } },
      { database: "code-intel" },
    );
    assert.equal(found.origin, "CODE_INTEL_DATABASE_URL");
  });

  test("variables of one database keep the password of the common URL from their host", async () => {
    const environment = { FRONTEND_PGHOST: "elsewhere", DATABASE_URL: "postgres://u:secret@h/d" };
    assert.deepEqual(passwordsOf(await server({ environment })), [undefined]);
  });

  test("an address for all databases does not redirect the host of one", async () => {
    const environment = { FRONTEND_PGHOST: "own", PGHOSTADDR: "10.0.0.1", PGPORT: "1" };
    assert.deepEqual((await server({ environment })).hosts, [{ host: "own", port: 1 }]);
  });

  test("hostaddr says where to connect and host what to call it", async () => {
    const { hosts } = await server({ urls: ["host=a,b hostaddr=10.0.0.1,10.0.0.2"] });
    assert.deepEqual(hosts, [
      { host: "a", address: "10.0.0.1", port: 5432 },
      { host: "b", address: "10.0.0.2", port: 5432 },
    ]);
  });

  test("embedded databases are only used when they are named", async () => {
    const { settings, origin } = await resolve({ environment: { DATABASE_URL: "pglite:memory" } });
    assert.deepEqual(settings, { kind: "embedded", directory: undefined });
    assert.equal(origin, "DATABASE_URL");
    for (const environment of [{}, { PGSSLMODE: "require", PGPASSWORD: "x" }]) {
      const { code, hint } = await failure({ environment });
      assert.equal(code, "settings/no-database");
      assert.match(hint ?? "", /--database-url postgres:\/\/.*pglite:\.\/data/);
    }
  });

  test("a mistyped database name is not taken for a keyword string", async () => {
    const { code, hint } = await failure({ urls: ["fronted=postgres://h/d"] });
    assert.equal(code, "settings/unknown-database");
    assert.match(hint ?? "", /frontend/);
  });

  test("two URLs for one database are refused", async () => {
    const { code } = await failure({ urls: [url("a"), url("b")] });
    assert.equal(code, "settings/several-urls");
  });

  test("variables that stand for settings of the server are sent at the start", async () => {
    const environment = {
      PGHOST: "h",
      PGTZ: "Europe/Berlin",
      PGDATESTYLE: "default",
      PGGEQO: "off",
      PGOPTIONS: "-c work_mem=1MB",
      PGAPPNAME: "app",
    };
    assert.deepEqual((await server({ environment })).startup, {
      TimeZone: "Europe/Berlin",
      geqo: "off",
      options: "-c work_mem=1MB",
      application_name: "app",
    });
  });

  describe("with a service", () => {
    const files = {
      "/home/me/.pg_service.conf": ["[shop]\nhost=service\nport=5433\nuser=s\n", 0o644],
      "/etc/postgresql-common/pg_service.conf": ["[global]\nhost=global\n", 0o644],
      "/mine": ["[shop]\nhost=mine\n", 0o644],
    } as const;
    const cases: readonly (readonly [expected: string, world: World])[] = [
      ["postgres://s@service:5433/s", { environment: { PGSERVICE: "shop", PGHOST: "h" } }],
      ["postgres://s@service:5433/d", { urls: ["postgres:///d?service=shop"] }],
      ["postgres://s@h:5433/s", {
        urls: ["host=h service=shop"],
        environment: { PGUSER: "u", PGPORT: "1" },
      }],
      ["postgres://me@global:5432/me", { urls: ["service=global"] }],
      ["postgres://me@mine:5432/me", {
        environment: { PGSERVICE: "shop", PGSERVICEFILE: "/mine" },
      }],
    ];
    for (const [expected, world] of cases) {
      test(`${JSON.stringify(world)} is ${expected}`, async () => {
        assert.equal(label(await server({ ...world, files })), expected);
      });
    }

    test("says where it looked for one that is not there", async () => {
      const { code, message } = await failure({ urls: ["service=none"], files });
      assert.equal(code, "settings/unknown-service");
      assert.match(message, /\/home\/me\/\.pg_service\.conf, \/etc\/postgresql-common/);
    });

    test("says that a file that was named is not there", async () => {
      const environment = { PGSERVICE: "shop", PGSERVICEFILE: "/nowhere" };
      assert.equal((await failure({ environment, files })).code, "settings/service-file");
    });
  });

  describe("with a pass file", () => {
    const text = "a:*:*:*:pa\nb:5433:*:*:pb\nlocalhost:*:*:*:pl\n";
    const files = { "/home/me/.pgpass": [text, 0o600], "/open": ["*:*:*:*:x", 0o640] } as const;

    test("looks for a password for each host", async () => {
      const found = await server({ urls: ["postgres://a,b:5433,c/d"], files });
      assert.deepEqual(passwordsOf(found), ["pa", "pb", undefined]);
    });

    test("knows the default socket directory as localhost", async () => {
      const found = await server({ urls: ["host=/tmp"], files });
      assert.deepEqual(passwordsOf(found), ["pl"]);
      const other = await server({ urls: ["host=/srv/pg"], files });
      assert.deepEqual(passwordsOf(other), [undefined]);
    });

    test("a password that was given counts before it", async () => {
      const found = await server({ urls: ["postgres://u:own@a,b:5433/d"], files });
      assert.deepEqual(passwordsOf(found), ["own", "own"]);
    });

    test("does not use one that others can read, and says so", async () => {
      const found = await resolve({ urls: ["host=a passfile=/open"], files });
      assert.deepEqual(passwordsOf(found.settings as ServerSettings), [undefined]);
      assert.match(found.warnings.join(), /\/open is not used.*chmod 600/);
    });
  });

  describe("with TLS", () => {
    const files = {
      "/home/me/.postgresql/root.crt": ["", 0o644],
      "/home/me/.postgresql/postgresql.crt": ["", 0o644],
      "/home/me/.postgresql/postgresql.key": ["", 0o600],
    } as const;

    test("finds the files of the home directory", async () => {
      const found = await server({ urls: ["host=a"], files });
      assert.equal(found.sslMode, "prefer");
      assert.equal(found.sslRootCert, "/home/me/.postgresql/root.crt");
      assert.equal(found.sslCert, "/home/me/.postgresql/postgresql.crt");
      assert.equal(found.sslKey, "/home/me/.postgresql/postgresql.key");
    });

    test("a certificate that does not exist is not used, and a warning says so", async () => {
      const found = await resolve({ urls: ["host=a sslcert=/none"] });
      assert.equal((found.settings as ServerSettings).sslCert, undefined);
      assert.match(found.warnings.join(), /sslcert in --database-url names \/none/);
    });

    test("the system's roots ask for verify-full", async () => {
      assert.equal((await server({ urls: ["host=a sslrootcert=system"] })).sslMode, "verify-full");
    });
  });

  const CANARY = "hunter2";
  const refused: readonly (readonly [code: string, message: RegExp, world: World])[] = [
    ["settings/unsupported", /gssencmode in/, { urls: ["host=a gssencmode=require"] }],
    ["settings/unsupported", /channel_binding/, { urls: ["host=a channel_binding=require"] }],
    ["settings/unsupported", /require_auth/, { urls: ["host=a require_auth=gss"] }],
    ["settings/unsupported", /^PGREQUIREPEER/, {
      environment: { PGHOST: "a", PGREQUIREPEER: "p" },
    }],
    ["settings/unsupported", /replication/, { urls: ["host=a replication=database"] }],
    ["settings/unsupported", /sslcrl/, { urls: ["host=a sslcrl=/f"] }],
    ["settings/unsupported", /sslcertmode/, { urls: ["host=a sslcertmode=require"] }],
    ["settings/invalid-value", /sslmode in --database-url/, { urls: [`sslmode=${CANARY}`] }],
    ["settings/invalid-value", /^PGSSLMODE/, { environment: { PGHOST: "a", PGSSLMODE: CANARY } }],
    ["settings/invalid-value", /^FRONTEND_PGPORT/, { environment: { FRONTEND_PGPORT: CANARY } }],
    ["settings/invalid-value", /port in DATABASE_URL/, {
      environment: { DATABASE_URL: `postgres://u:${CANARY}/x` },
    }],
    ["settings/invalid-value", /port/, { urls: ["port=65536"] }],
    ["settings/invalid-value", /lists 2 values for 3 hosts/, { urls: ["host=a,b,c port=1,2"] }],
    ["settings/invalid-value", /lists 1 values for 2/, {
      urls: ["host=a hostaddr=1.1.1.1,1.1.1.2"],
    }],
    ["settings/invalid-value", /connect_timeout/, { urls: ["host=a connect_timeout=10s"] }],
    ["settings/invalid-value", /sslrootcert/, {
      urls: ["host=a sslrootcert=system sslmode=require"],
    }],
    ["settings/invalid-value", /sslnegotiation/, { urls: ["host=a sslnegotiation=direct"] }],
  ];
  for (const [code, message, world] of refused) {
    test(`${JSON.stringify(world)} is ${code}, without its values`, async () => {
      const found = await failure(world);
      assert.equal(found.code, code);
      assert.match(found.message, message);
      assert.doesNotMatch(`${found.message} ${found.hint}`, new RegExp(CANARY));
    });
  }

  test("what may be left out without harm is accepted", async () => {
    const text = "host=a gssencmode=prefer channel_binding=prefer krbsrvname=x replication=off " +
      "sslcompression=0 keepalives=0 fallback_application_name=f";
    const found = await server({ urls: [text] });
    assert.equal(found.keepalives, false);
    assert.deepEqual(found.startup, { application_name: "f" });
  });

  test("printing settings never prints a secret", async () => {
    const found = await server({ urls: [`host=a password=${CANARY} sslpassword=${CANARY}`] });
    assert.doesNotMatch(`${JSON.stringify(found)} ${found.passwords[0]}`, new RegExp(CANARY));
  });
});
