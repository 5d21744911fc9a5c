import assert from "node:assert/strict";
import * as os from "node:os";
import { after, before, describe, test } from "node:test";
import { hasOpenssl } from "../../support/certificates.ts";
import { majors } from "../../support/cluster.ts";
import { libpqMajor, psql } from "../../support/psql.ts";
import {
  compare,
  type Comparison,
  type Laboratory,
  openLaboratory,
  ourOutcome,
} from "./conformance/laboratory.ts";
import { type Case, judge } from "./conformance/case.ts";
import { credentials } from "./conformance/credentials.ts";
import { hosts } from "./conformance/hosts.ts";
import { tls } from "./conformance/tls.ts";
import { strings } from "./conformance/strings.ts";

const [major] = majors;
const tables = { ...strings, ...credentials, ...hosts };
const HAS_IPV6 = Object.values(os.networkInterfaces()).flat().some((one) => one?.address === "::1");
const reason = psql === undefined ? "there is no psql" : hasOpenssl ? undefined : "no openssl 3";
if (reason !== undefined) console.log(`!! SKIPPED: conformance with libpq, because ${reason}`);

describe("The same strings as psql", { skip: reason !== undefined }, () => {
  const libpq = reason === undefined ? libpqMajor() : 0;
  /** How many rows came out in which way. */
  const counts = new Map<string, number>();
  const count = (way: string) => void counts.set(way, (counts.get(way) ?? 0) + 1);
  let laboratory: Laboratory | undefined;

  before(async () => {
    laboratory = await openLaboratory(major!);
  });
  after(async () => {
    await laboratory?.dispose();
    console.log(`libpq ${libpq}, PostgreSQL ${major}: ${summary(counts)}`);
  });

  const testSome = (rows: readonly Case[], atOnce: number) => {
    const compared = rows.filter((one) =>
      (one.libpq ?? 0) <= libpq && (one.server ?? 0) <= major! && (!one.ipv6 || HAS_IPV6)
    );
    const batches: Promise<readonly Comparison[]>[] = [];
    for (const one of rows) {
      const index = compared.indexOf(one);
      test(nameOf(one), { skip: index < 0 }, async () => {
        const from = index - index % atOnce;
        const batch = await (batches[from] ??= Promise.all(
          compared.slice(from, from + atOnce).map((each) => compare(each, laboratory!)),
        ));
        judge(one, batch[index % atOnce]!);
        count(one.refused ? "refused by name" : one.told ? "equal, with a warning" : "equal");
      });
    }
  };
  const testAll = (rows: readonly Case[]) => {
    // What has an environment changes that of this process, and goes alone.
    testSome(rows.filter(({ env }) => env === undefined), 8);
    testSome(rows.filter(({ env }) => env !== undefined), 1);
  };
  for (const [table, rows] of Object.entries(tables)) describe(table, () => testAll(rows));
  for (const [certificate, rows] of Object.entries(tls)) {
    describe(`TLS with the certificate ${certificate}`, () => {
      before(() => laboratory?.present(certificate));
      testAll(rows);
    });
  }

  test("a server that refuses our certificate may hang up whenever it likes", async () => {
    await laboratory!.present("server");
    const [port, certificates] = ["PORT", "CERTS"].map((name) => laboratory!.names.get(name));
    const string = `host=localhost port=${port} user=certain dbname=app sslmode=require ` +
      `sslcert=${certificates}/stranger.crt sslkey=${certificates}/stranger.key`;
    for (let round = 0; round < 10; round++) {
      const tries = await Promise.all(Array.from({ length: 8 }, () => ourOutcome(string, {})));
      for (const { ours } of tries) assert.equal("code" in ours && ours.code, "connection/tls");
    }
  });
});

function summary(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([way, number]) => `${number} ${way}`).join(", ");
}

function nameOf({ string, env, home, verdict, refused }: Case): string {
  const given = [string, env, home && Object.keys(home)].filter((part) => part !== undefined);
  return `${given.map((part) => JSON.stringify(part)).join(" ")}: ${refused ?? verdict}`;
}
