import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import process from "node:process";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";
import { environmentParameters } from "../../src/connection/settings/parameters.ts";
import { eventually, newProduct } from "../support/harness.ts";
import { type Server, sharedCluster } from "../support/cluster.ts";
import { commandLine, denoDirectory, runMigrator, startMigrator } from "../support/command.ts";

const DIRECTORY = fileURLToPath(new URL("../../examples/containers/", import.meta.url));

const LIMIT = { timeout: 120_000 };

/** As much of a manifest as is looked at. */
interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: {
    readonly backoffLimit?: number;
    readonly activeDeadlineSeconds?: number;
    readonly podFailurePolicy?: {
      readonly rules: readonly {
        readonly onExitCodes?: { readonly containerName: string; readonly values: number[] };
      }[];
    };
    readonly template: { readonly spec: Pod };
  };
}

interface Pod {
  readonly restartPolicy?: string;
  readonly terminationGracePeriodSeconds?: number;
  readonly securityContext: { readonly runAsNonRoot: boolean; readonly runAsUser: number };
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly securityContext: { readonly readOnlyRootFilesystem: boolean };
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
}

interface Probe {
  readonly exec?: { readonly command: readonly string[] };
  readonly httpGet?: { readonly path: string; readonly port: string };
}

interface Service {
  readonly build?: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly user: string;
}

function read(name: string): string {
  return fs.readFileSync(`${DIRECTORY}${name}`, "utf8");
}

function documents<T>(name: string): T[] {
  return parseAllDocuments(read(name)).map((document) => {
    assert.deepEqual([...document.errors, ...document.warnings], [], name);
    return document.toJS() as T;
  }).filter((document) => document !== null);
}

/** Variables that mean nothing to us. */
function unknown(names: readonly string[]): string[] {
  return names.filter((name) =>
    name !== "DATABASE_URL" && Object.keys(environmentParameters({ [name]: "1" }, "")).length === 0
  );
}

describe("the Dockerfile", () => {
  const instructions = read("Dockerfile").split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => /^([A-Z]+) (.+)$/.exec(line)?.slice(1) ?? assert.fail(line)) as string[][];
  const argumentsOf = (name: string) =>
    instructions.filter(([word]) => word === name).map(([, rest]) => rest ?? "");

  test("has instructions that Docker knows, and begins with FROM", () => {
    const known = ["FROM", "COPY", "USER", "ENTRYPOINT", "CMD", "ARG", "ENV", "LABEL", "WORKDIR"];
    assert.deepEqual(instructions.filter(([word]) => !known.includes(word ?? "")), []);
    assert.equal(instructions[0]?.[0], "FROM");
  });

  test("copies the executable, is not root, and runs it as it is", () => {
    assert.match(argumentsOf("COPY").join(), /^--chmod=0755 \S+ \/migrator$/);
    assert.match(argumentsOf("USER").join(), /^[1-9]\d*:[1-9]\d*$/);
    // The form without a shell: there is none, and it would keep signals to itself.
    assert.deepEqual(JSON.parse(argumentsOf("ENTRYPOINT").join()), ["/migrator"]);
  });

  test("has a command that there is", LIMIT, async () => {
    const words = JSON.parse(argumentsOf("CMD").join());
    assert.equal((await runMigrator(["help", ...words])).status, 0);
  });
});

describe("the Helm hook", () => {
  const [job, ...others] = documents<Manifest>("helm-pre-rollback.yaml");
  const [container] = job!.spec.template.spec.containers;

  test("is a Job that gives up where another attempt would end the same way", () => {
    assert.deepEqual(others, []);
    assert.equal(job!.kind, "Job");
    const [rule] = job!.spec.podFailurePolicy!.rules;
    assert.equal(rule!.onExitCodes!.containerName, container!.name);
    assert.deepEqual(rule!.onExitCodes!.values, [2, 4, 5, 7, 8, 70]);
  });

  test("takes a database back with the command that it names", LIMIT, async () => {
    assert.deepEqual(unknown(container!.env.map(({ name }) => name)), []);
    const server = await sharedCluster(18);
    const newer = [{ up: "CREATE TABLE a ()", down: "DROP TABLE a" }, {
      up: "CREATE TABLE b ()",
      down: "DROP TABLE b",
    }];
    const product = await newProduct(server, newer);
    await product.run();
    product.rewrite(newer.slice(0, 1));
    const { status, stderr } = await runMigrator([...container!.args!, ...product.args]);
    assert.equal(status, 0, stderr);
    assert.deepEqual(await product.attempts(), ["1 up t", "2 up t", "2 down t"]);
  });
});

describe("the manifests", () => {
  const manifests = documents<Manifest>("kubernetes.yaml");
  const [job, deployment, workers] = manifests;
  const containers = manifests.flatMap((one) => {
    const { initContainers = [], containers = [] } = one?.spec.template.spec ?? { containers: [] };
    return [...initContainers, ...containers];
  });

  test("are of kinds that there are", () => {
    const kinds = manifests.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`);
    assert.deepEqual(kinds, ["batch/v1 Job", "apps/v1 Deployment", "apps/v1 Deployment"]);
  });

  test("give the job an end, and a new attempt only where that helps", () => {
    const { backoffLimit = 0, activeDeadlineSeconds = 0, podFailurePolicy, template } = job!.spec;
    assert.ok(backoffLimit > 0 && activeDeadlineSeconds > 0);
    // podFailurePolicy is refused with any other.
    assert.equal(template.spec.restartPolicy, "Never");
    assert.ok((template.spec.terminationGracePeriodSeconds ?? 0) >= 15);
    const codes = podFailurePolicy?.rules.flatMap(({ onExitCodes }) => onExitCodes?.values ?? []);
    assert.deepEqual(codes, [2, 4, 5, 7, 70]);
    const names = template.spec.containers.map(({ name }) => name);
    const named = podFailurePolicy?.rules.flatMap(({ onExitCodes }) =>
      onExitCodes?.containerName ?? []
    );
    assert.deepEqual(named, names);
  });

  test("run as nobody, on a file system that cannot be written", () => {
    for (const one of manifests) {
      assert.equal(one?.spec.template.spec.securityContext.runAsNonRoot, true);
      assert.ok((one?.spec.template.spec.securityContext.runAsUser ?? 0) > 0);
    }
    const writable = containers.filter((one) => !one.securityContext.readOnlyRootFilesystem);
    assert.deepEqual(writable, []);
  });

  test("set variables that mean something", () => {
    assert.deepEqual(unknown(containers.flatMap(({ env }) => env.map(({ name }) => name))), []);
    assert.deepEqual(unknown(["PGHOTS"]), ["PGHOTS"]);
  });

  test("have workers whose probes are answered where they ask", LIMIT, async () => {
    const server = await sharedCluster(18);
    const { args, sql } = await newProduct(server, [{ up: "CREATE TABLE t ()" }]);
    const [work] = workers!.spec.template.spec.containers;
    const [{ name, containerPort }] = work!.ports as [{ name: string; containerPort: number }];
    assert.ok(work!.args!.includes(`:${containerPort}`));
    const words = work!.args!.map((word) => word === `:${containerPort}` ? "127.0.0.1:0" : word);
    const working = startMigrator([...words, ...args]);
    const [, address] = await working.printed(/listening at (\S+): /);
    for (const probe of [work!.livenessProbe, work!.readinessProbe]) {
      assert.equal(probe?.httpGet?.port, name);
      await eventually(async () => {
        const answer = await fetch(`http://${address}${probe?.httpGet?.path}`);
        return await answer.text() === "ok\n" && answer.status === 200;
      }, { what: `${probe?.httpGet?.path} answers` });
    }
    working.kill("SIGTERM");
    assert.equal((await working.finished).status, 143);
    assert.deepEqual(
      await sql("SELECT FROM pg_stat_activity WHERE application_name ~ 'background'"),
      [],
    );
  });

  test("wait, migrate and are ready, when they are run", LIMIT, async () => {
    const server = await sharedCluster(18);
    const { directory, postgres } = await newProduct(server, [{ up: "CREATE TABLE t ()" }]);
    const where = { PGHOST: server.host, PGPORT: String(server.port), PGDATABASE: postgres };
    const env = { ...where, PGUSER: server.user, PGPASSWORD: "", PGSSLMODE: "disable" };
    const words = (given: readonly string[] = []) => [...given, "--migrations", directory];
    const [migrate] = job!.spec.template.spec.containers;
    const { initContainers, containers: [shop] } = deployment!.spec.template.spec;
    const probe = shop!.readinessProbe!.exec!.command;
    assert.equal(probe[0], "/migrator");
    assert.equal((await runMigrator(words(probe.slice(1)), { env })).status, 1);
    const waiting = startMigrator(words(initContainers?.[0]?.args), { env });
    await waiting.printed(/waiting/);
    const up = await runMigrator(words(migrate?.args), { env });
    assert.equal(up.status, 0, up.stderr);
    assert.equal((await waiting.finished).status, 0);
    assert.equal((await runMigrator(words(probe.slice(1)), { env })).status, 0);
  });
});

describe("the services of Compose", () => {
  const services = Object.entries(
    documents<{ services: Record<string, Service> }>("compose.yaml")[0]!.services,
  ).filter(([, { build }]) => build !== undefined);

  for (const [name, { command, environment, user }] of services) {
    test(
      `${name} is a command that works, not as root, with variables we know`,
      LIMIT,
      async () => {
        assert.match(user, /^[1-9]\d*:/);
        assert.deepEqual(unknown(Object.keys(environment)), []);
        const server = await sharedCluster(18);
        const { args } = await newProduct(server, [{ up: "CREATE TABLE t ()" }]);
        const { status, stderr } = await runMigrator([...command, ...args]);
        assert.equal(status, 0, stderr);
      },
    );
  }
});

/** What makes a process PID 1 of its own namespace, where that is allowed; else undefined. */
function asFirstProcess(): readonly string[] | undefined {
  const isRoot = process.getuid?.() === 0;
  const words = [
    ...(isRoot ? [] : ["--user", "--map-root-user"]),
    "--pid",
    "--fork",
    "--kill-child",
  ];
  return spawnSync("unshare", [...words, "true"]).status === 0 ? words : undefined;
}

describe("as PID 1, as in a container", () => {
  const unshare = asFirstProcess();
  const options = { ...LIMIT, skip: unshare === undefined && "unshare is not allowed here" };
  let server: Server;
  before(async () => {
    server = await sharedCluster(18);
  });

  for (const [signal, status] of [["SIGTERM", 143], ["SIGINT", 130]] as const) {
    test(`${signal} rolls back and ends it within the grace period`, options, async () => {
      const product = await newProduct(server, [
        { up: "CREATE TABLE kept ()" },
        { up: "CREATE TABLE gone (); SELECT pg_sleep(600)" },
      ]);
      const [program, ...before] = commandLine();
      const running = startMigrator(
        [...unshare!, program, ...before, "up", ...product.args],
        { executable: "unshare", env: { DENO_DIR: denoDirectory() } },
      );
      const isAsleep = () =>
        product.sql(
          "SELECT FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' " +
            "AND wait_event = 'PgSleep'",
        );
      for (let tries = 0; (await isAsleep()).length === 0; tries++) {
        assert.ok(tries < 400, "it never began");
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const children = fs.readFileSync(`/proc/${running.pid}/task/${running.pid}/children`, "utf8");
      const stopped = Date.now();
      process.kill(Number(children.trim().split(" ")[0]), signal);
      const finished = await running.finished;
      assert.equal(finished.status, status, finished.stderr);
      assert.ok(Date.now() - stopped < 15_000);
      assert.deepEqual(await isAsleep(), []);
      const tables = await product.sql(
        "SELECT relname FROM pg_class WHERE relname IN ('kept', 'gone')",
      );
      assert.deepEqual(tables.map(({ relname }) => relname), ["kept"]);
      assert.deepEqual(
        await product.sql(
          "SELECT FROM pg_locks WHERE locktype = 'advisory' AND " +
            "database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        ),
        [],
      );
    });
  }
});
