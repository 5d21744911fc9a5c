import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Cluster, majors, startCluster } from "../support/cluster.ts";
import { runMigrator } from "../support/command.ts";
import { withFolder } from "../support/folder.ts";
import { turnTlsOn } from "../support/server_tls.ts";

const FIXTURES = new URL("../fixtures/tls/", import.meta.url).pathname;

type Row = readonly [
  parameters: string,
  env: Readonly<Record<string, string>>,
  /** The code of the failure, or none. */
  code: string | undefined,
];

/** Variables that runtimes listen to must not make them trust anybody. */
const TABLE: readonly Row[] = [
  ["host=localhost sslrootcert=root.crt", {}, undefined],
  ["host=localhost sslrootcert=root.crt", { PGTARGETSESSIONATTRS: "any" }, undefined],
  ["host=127.0.0.1 sslrootcert=root.crt", {}, "connection/tls"],
  ["host=localhost sslrootcert=other_root.crt", {}, "connection/tls"],
  [
    "host=localhost sslrootcert=other_root.crt",
    { NODE_TLS_REJECT_UNAUTHORIZED: "0" },
    "connection/tls",
  ],
  [
    "host=localhost sslrootcert=other_root.crt",
    { NODE_EXTRA_CA_CERTS: `${FIXTURES}root.crt`, SSL_CERT_FILE: `${FIXTURES}root.crt` },
    "connection/tls",
  ],
  ["host=localhost sslrootcert=system", { SSL_CERT_FILE: `${FIXTURES}root.crt` }, undefined],
];

describe("sslmode=verify-full", () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster({ major: majors[0]! });
    await turnTlsOn(cluster, { root: `${FIXTURES}root`, certificate: `${FIXTURES}server` });
  });
  after(() => cluster.dispose());

  test("lets in whom the root vouches for by name, and nobody else", async () => {
    await withFolder({ "shop/1_one.up.sql": "", "shop/1_one.down.sql": "" }, async (root) => {
      await Promise.all(TABLE.map(async ([parameters, env, code]) => {
        const url = `port=${cluster.port} user=postgres sslmode=verify-full ${parameters}`
          .replace("sslrootcert=o", `sslrootcert=${FIXTURES}o`)
          .replace("sslrootcert=r", `sslrootcert=${FIXTURES}r`);
        const args = ["status", "--json", "--migrations", root, "--database-url", url];
        const { json, stderr } = await runMigrator(args, { env });
        const last = json().at(-1);
        assert.deepEqual(last?.["code"], code, `${parameters}: ${JSON.stringify(last)} ${stderr}`);
      }));
    });
  });
});
