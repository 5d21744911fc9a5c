/**
 * Servers, certificates and listeners for comparing our connections with psql's, and the comparison.
 *
 * @module
 */

import * as fs from "node:fs/promises";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { postgresConnector } from "../../../../src/connection/postgres/postgres_connector.ts";
import { resolveSettings } from "../../../../src/connection/settings/resolve_settings.ts";
import { Failure } from "../../../../src/failure.ts";
import { permissions, readText } from "../../../../src/runtime/files.ts";
import { userName } from "../../../../src/runtime/process.ts";
import { type Cluster, type Major, startCluster } from "../../../support/cluster.ts";
import { askPsql } from "../../../support/psql.ts";
import { presentCertificate, turnTlsOn } from "../../../support/server_tls.ts";
import { issueAll } from "./authority.ts";
import type { Case, Outcome } from "./case.ts";

const HBA = `
local all all trust
hostssl all tlsonly all trust
hostnossl all plainonly all trust
hostssl all certain all cert
hostssl all verified all trust clientcert=verify-ca
host all rejected,tlsonly,plainonly,certain,verified all reject
host all salted,fine,soft,raw,mirrored,long all scram-sha-256
host all hashed all md5
host all clear all password
host nowhere all all reject
host all all all trust
`;

const ROLES = `
SET client_encoding = 'UTF8';
SET password_encryption = 'scram-sha-256';
CREATE ROLE app LOGIN; CREATE ROLE tlsonly LOGIN; CREATE ROLE plainonly LOGIN;
CREATE ROLE certain LOGIN; CREATE ROLE verified LOGIN; CREATE ROLE rejected LOGIN;
CREATE ROLE "we ird@role" LOGIN;
CREATE ROLE salted LOGIN PASSWORD 's@lt /:%'; CREATE ROLE clear LOGIN PASSWORD 'c l''e\\ar';
CREATE ROLE long LOGIN PASSWORD '${"long".repeat(200)}';
CREATE ROLE fine LOGIN PASSWORD '\uFB01ne\u00A0\u212B'; CREATE ROLE soft LOGIN PASSWORD 'so\u00ADft';
CREATE ROLE raw LOGIN PASSWORD '\u2168\u{1F511}';
CREATE ROLE mirrored LOGIN PASSWORD '\u05D0\u2168'; CREATE ROLE locked LOGIN;
CREATE ROLE reader LOGIN; ALTER ROLE reader SET default_transaction_read_only = on;
SET password_encryption = 'md5';
CREATE ROLE hashed LOGIN PASSWORD 'h\u00E4sh';
`;

/** What a session sees of itself: equal for psql and for us. */
const SIGHT = `SELECT json_build_object('user', current_user, 'database', current_database(),
  'server', current_setting('port'), 'address', host(inet_server_addr()),
  'tls', (SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()),
  'client', (SELECT client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()),
  'standby', pg_is_in_recovery(), 'search_path', current_setting('search_path'),
  'work_mem', current_setting('work_mem'), 'zone', current_setting('TimeZone'),
  'dates', current_setting('DateStyle'), 'geqo', current_setting('geqo')) AS sight`;

/** All that the cases talk to. */
export interface Laboratory {
  /** What `$NAME` stands for in a case. */
  readonly names: ReadonlyMap<string, string>;
  /** Presents another certificate, by the name of its file. */
  present(certificate: string): Promise<void>;
  /** Removes everything. */
  dispose(): Promise<void>;
}

/** Starts two servers, a standby of the second, and what is no server at all. */
export async function openLaboratory(major: Major): Promise<Laboratory> {
  const certificates = await fs.mkdtemp(path.join(os.tmpdir(), "migrator-certificates-"));
  const [tls, plain] = await Promise.all([
    startCluster({ major }),
    startCluster({ major, settings: { wal_level: "replica" } }),
    issueAll(certificates),
  ]);
  await Promise.all([tls, plain].map(prepare));
  const [standby] = await Promise.all([
    standbyOf(plain, major),
    turnTlsOn(tls, {
      root: path.join(certificates, "root"),
      certificate: path.join(certificates, "server"),
    }),
  ]);
  const silent = await listen((socket) => void socket.on("error", () => {}));
  const starting = await listen(refuse);
  const rude = await listen((socket) => void socket.destroy());
  const names = new Map<string, string>([
    ["PORT", String(tls.port)],
    ["PLAIN", String(plain.port)],
    ["STANDBY", String(standby.port)],
    ["SILENT", String(silent.port)],
    ["STARTING", String(starting.port)],
    ["RUDE", String(rude.port)],
    // The port of a server that was: nothing listens there.
    ["DEAD", "1"],
    ["SOCKETS", tls.socketDirectory],
    ["ABSTRACT", abstractName(plain)],
    ["ENCODED", encodeURIComponent(tls.socketDirectory)],
    ["CERTS", certificates],
    ["ME", userName() ?? ""],
    ["LONG", "long".repeat(200)],
  ]);
  return {
    names,
    present: (certificate) => presentCertificate(tls, path.join(certificates, certificate)),
    dispose: async () => {
      await Promise.all([standby, tls, plain].map((cluster) => cluster.dispose()));
      await Promise.all([silent, rude, starting].map((listener) => listener.close()));
      await fs.rm(certificates, { recursive: true, force: true });
    },
  };
}

/** What psql made of a case, what we did, and what we warned of. */
export interface Comparison {
  readonly psql: Outcome;
  readonly ours: Outcome;
  readonly warnings: string;
}

/** Tries a case with both. */
export async function compare(
  { string, env = {}, home = {} }: Case,
  laboratory: Laboratory,
): Promise<Comparison> {
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), "migrator-home-"));
  const names = new Map([...laboratory.names, ["HOME", directory]]);
  const fill = (text: string) =>
    text.replace(/\$([A-Z]+)/g, (whole, name: string) => names.get(name) ?? whole);
  try {
    for (const [file, [text, bits]] of Object.entries(home)) {
      const target = path.join(directory, file);
      await fs.mkdir(path.dirname(target), { recursive: true });
      const certificate = /^@(.*)$/.exec(text)?.[1];
      await fs.writeFile(
        target,
        certificate === undefined
          ? fill(text)
          : await fs.readFile(path.join(laboratory.names.get("CERTS")!, certificate)),
      );
      await fs.chmod(target, bits);
    }
    const variables = Object.fromEntries(
      Object.entries({ HOME: directory, ...env }).map(([name, value]) => [name, fill(value)]),
    );
    const where = string === undefined ? undefined : fill(string);
    const [psql, ours] = await Promise.all([
      theirOutcome(where, variables),
      ourOutcome(where, variables),
    ]);
    return { psql, ...ours };
  } finally {
    await fs.rm(directory, { recursive: true, force: true });
  }
}

async function theirOutcome(
  string: string | undefined,
  env: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const { status, stdout, stderr } = await askPsql(string, { sql: SIGHT, env });
  return status === 0 ? { sight: JSON.parse(stdout) } : { refusal: stderr.trim() };
}

/** Tries with what an operator would give, already filled in; and what it warned of. */
export async function ourOutcome(
  string: string | undefined,
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly ours: Outcome; readonly warnings: string }> {
  let warnings = "";
  const variables = Object.entries(environment).filter(([name]) => name !== "HOME");
  // As a program would find them: OpenSSL's are read there, and a library might read others.
  for (const [name, value] of variables) process.env[name] = value;
  try {
    const found = await resolveSettings({
      database: "frontend",
      databases: ["frontend"],
      urls: string === undefined ? [] : [string],
      environment,
      readFile: readText,
      permissions,
      homeDirectory: environment["HOME"],
      userName: userName(),
    });
    warnings = found.warnings.join("\n");
    if (found.settings.kind !== "server") throw new Error("an embedded database");
    const session = await postgresConnector(found.settings).open({ applicationName: "compare" });
    try {
      const { rows } = await session.query(SIGHT);
      return { ours: { sight: JSON.parse(rows[0]?.["sight"] ?? "") }, warnings };
    } finally {
      await session.close();
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { ours: { refusal: error.message, code: error.code }, warnings };
  } finally {
    for (const [name] of variables) delete process.env[name];
  }
}

async function prepare(cluster: Cluster): Promise<void> {
  await fs.writeFile(path.join(cluster.dataDirectory, "pg_hba.conf"), HBA);
  await cluster.sql("postgres", ROLES);
  await cluster.sql("postgres", "CREATE DATABASE closed");
  await cluster.sql("postgres", "REVOKE CONNECT ON DATABASE closed FROM PUBLIC");
  const me = userName() ?? cluster.user;
  if (me !== cluster.user) await cluster.sql("postgres", `CREATE ROLE "${me}" LOGIN`);
  for (const name of ["app", "a b/c", "d\u00FC", "nowhere", ...(me === cluster.user ? [] : [me])]) {
    await cluster.sql("postgres", `CREATE DATABASE "${name}"`);
  }
  await cluster.sql("postgres", "SELECT pg_reload_conf()");
}

/** A socket that is in no directory, which Linux has, and servers from 14 on. */
function abstractName({ port }: Cluster): string {
  return `@migrator-${port}`;
}

async function standbyOf(primary: Cluster, major: Major): Promise<Cluster> {
  await primary.sql("postgres", "ALTER SYSTEM SET listen_addresses = '127.0.0.1,::1'");
  if (major >= 14) {
    const directories = `'${primary.socketDirectory}', '${abstractName(primary)}'`;
    await primary.sql("postgres", `ALTER SYSTEM SET unix_socket_directories = ${directories}`);
  }
  await primary.stop();
  const standby = await startCluster({ major, standbyOf: primary });
  await primary.start();
  return standby;
}

/** As a server that is starting does; it has no TLS. */
function refuse(socket: net.Socket): void {
  socket.on("error", () => {});
  socket.on("data", (bytes) => {
    // Only a request for TLS has no more than these.
    if (bytes.length === 8) socket.write("N");
    else socket.end(startingUp());
  });
}

function startingUp(): Uint8Array {
  const fields = ["SFATAL", "VFATAL", "C57P03", "Mthe database system is starting up", "", ""];
  const body = Buffer.from(fields.join("\0"));
  const message = Buffer.alloc(body.length + 5);
  message.write("E");
  message.writeInt32BE(body.length + 4, 1);
  body.copy(message, 5);
  return message;
}

async function listen(
  serve: (socket: net.Socket) => void,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as net.AddressInfo).port,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
