import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { after, before, describe, test } from "node:test";
import type * as net from "node:net";
import * as tls from "node:tls";
import postgres from "postgres";
import { dial, type DialCandidate } from "../../../src/connection/postgres/dial.ts";
import type { ServerSettings } from "../../../src/connection/settings/settings.ts";
import { resolveSettings } from "../../../src/connection/settings/resolve_settings.ts";
import { permissions, readText } from "../../../src/runtime/files.ts";
import { type Cluster, majors, startCluster } from "../../support/cluster.ts";
import { turnTlsOn } from "../../support/server_tls.ts";

const FIXTURES = new URL("../../fixtures/tls/", import.meta.url).pathname;
const HBA = `
hostssl all certain all cert
host all closed all scram-sha-256
local all closed scram-sha-256
local all all trust
host all all all trust
`;

for (const major of majors) {
  describe(`dial() to PostgreSQL ${major}`, () => {
    let cluster: Cluster;
    let keys: string;

    before(async () => {
      keys = await fs.mkdtemp(path.join(os.tmpdir(), "migrator-keys-"));
      cluster = await startCluster({ major });
      await fs.writeFile(path.join(cluster.dataDirectory, "pg_hba.conf"), HBA);
      await cluster.sql(
        "postgres",
        `SET password_encryption = 'scram-sha-256';
         CREATE ROLE certain LOGIN; CREATE ROLE closed LOGIN PASSWORD 'p@ss'`,
      );
      await turnTlsOn(cluster, { root: `${FIXTURES}root`, certificate: `${FIXTURES}server` });
      for (const name of ["client.key", "client_encrypted.key"]) {
        await fs.copyFile(FIXTURES + name, path.join(keys, name));
        await fs.chmod(path.join(keys, name), 0o600);
      }
    });

    after(async () => {
      await fs.rm(keys, { recursive: true, force: true });
      await cluster.dispose();
    });

    const resolve = async (parameters: Record<string, string>): Promise<ServerSettings> => {
      const query = new URLSearchParams({
        dbname: "postgres",
        port: String(cluster.port),
        ...parameters,
      });
      const { settings } = await resolveSettings({
        database: "frontend",
        databases: ["frontend"],
        urls: [`postgres://?${query.toString().replaceAll("+", "%20")}`],
        environment: {},
        homeDirectory: undefined,
        userName: undefined,
        readFile: readText,
        permissions,
      });
      assert.equal(settings.kind, "server");
      return settings as ServerSettings;
    };

    const login = async (parameters: Record<string, string>, candidate: DialCandidate) => {
      const settings = await resolve(parameters);
      const socket = await dial(settings, candidate);
      try {
        return { socket, ...await ask(settings, socket) };
      } finally {
        socket.destroy();
      }
    };

    const CERTAIN = { user: "certain", sslmode: "require", sslcert: `${FIXTURES}client.crt` };
    const CLOSED = { user: "closed", password: "p@ss" };
    const FULL = { sslmode: "verify-full", sslrootcert: `${FIXTURES}root.crt` };
    const LOCAL = { host: "localhost", hostaddr: "127.0.0.1" };

    test("a password opens plain TCP, a Unix socket and TLS", async () => {
      const plain = await login({ ...LOCAL, ...CLOSED }, { host: 0, tls: false });
      const host = cluster.socketDirectory;
      const unix = await login({ host, ...CLOSED, sslmode: "require" }, { host: 0, tls: false });
      const full = await login({ ...LOCAL, ...CLOSED, ...FULL }, { host: 0, tls: true });
      assert.deepEqual([plain.tls, unix.tls, full.tls], ["f", "f", "t"]);
      assert.deepEqual([plain.user, unix.user, full.user], ["closed", "closed", "closed"]);
      assert(full.socket instanceof tls.TLSSocket);
    });

    test("a certificate opens TLS, also with an encrypted key", async () => {
      const client = { ...LOCAL, ...CERTAIN, sslkey: path.join(keys, "client.key") };
      const encrypted = {
        ...client,
        sslkey: path.join(keys, "client_encrypted.key"),
        sslpassword: "sesame",
      };
      for (const parameters of [client, encrypted]) {
        assert.equal((await login(parameters, { host: 0, tls: true })).user, "certain");
      }
      await assert.rejects(login({ ...encrypted, sslpassword: "x" }, { host: 0, tls: true }), {
        code: "connection/tls",
        message: /the password does not open the key/,
      });
      await assert.rejects(login({ ...LOCAL, user: "certain" }, { host: 0, tls: true }), {
        code: "28000",
      });
    });

    test("a key that others can read is refused", async () => {
      const sslkey = path.join(keys, "client.key");
      await fs.chmod(sslkey, 0o644);
      try {
        await assert.rejects(login({ ...LOCAL, ...CERTAIN, sslkey }, { host: 0, tls: true }), {
          code: "connection/tls",
          message: /group or world access/,
        });
      } finally {
        await fs.chmod(sslkey, 0o600);
      }
    });

    test("direct negotiation is understood from version 17", async () => {
      const parameters = { ...LOCAL, ...CLOSED, ...FULL, sslnegotiation: "direct" };
      const direct = login(parameters, { host: 0, tls: true });
      if (major >= 17) assert.equal((await direct).tls, "t");
      else await assert.rejects(direct, { code: "connection/tls" });
    });
  });
}

/** Logs in over the socket, once, and asks the server what it sees. */
async function ask(
  settings: ServerSettings,
  socket: net.Socket,
): Promise<{ readonly user: string; readonly tls: string }> {
  let given = false;
  const options = {
    socket: () => {
      if (given) throw new Error("the one socket was asked for twice");
      given = true;
      return Promise.resolve(socket);
    },
    host: "unused",
    user: settings.user,
    database: settings.database,
    pass: settings.passwords[0]?.reveal() ?? "",
    ssl: false as const,
    max: 1,
    fetch_types: false,
    prepare: false,
  };
  const sql = postgres(options);
  try {
    const [row] = await sql`
      SELECT current_user::text AS user, CASE WHEN ssl THEN 't' ELSE 'f' END AS tls
      FROM pg_stat_ssl WHERE pid = pg_backend_pid()`;
    return row as unknown as { user: string; tls: string };
  } finally {
    await sql.end({ timeout: 1 });
  }
}
