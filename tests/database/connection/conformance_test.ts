import { after, before, describe, test } from "node:test";
import { hasOpenssl } from "../../support/certificates.ts";
import { majors } from "../../support/cluster.ts";
import { libpqMajor, psql } from "../../support/psql.ts";
import {
  compare,
  type Comparison,
  type Laboratory,
  openLaboratory,
} from "./conformance/laboratory.ts";
import { type Case, judge } from "./conformance/case.ts";
import { credentials } from "./conformance/credentials.ts";
import { hosts } from "./conformance/hosts.ts";
import { systemRoots, tls } from "./conformance/tls.ts";
import { strings } from "./conformance/strings.ts";

const [major] = majors;
const tables = { ...strings, ...credentials, ...hosts };
const reason = psql === undefined ? "there is no psql" : hasOpenssl ? undefined : "no openssl 3";
if (reason !== undefined) console.log(`!! SKIPPED: conformance with libpq, because ${reason}`);

describe("The same strings as psql", { skip: reason !== undefined }, () => {
  const libpq = reason === undefined ? libpqMajor() : 0;
  let laboratory: Laboratory | undefined;

  before(async () => {
    laboratory = await openLaboratory(major!);
  });
  after(() => laboratory?.dispose());

  const testAll = (rows: readonly Case[], atOnce = 8) => {
    const compared = rows.filter((one) => (one.libpq ?? 0) <= libpq && (one.server ?? 0) <= major!);
    const batches: Promise<readonly Comparison[]>[] = [];
    for (const one of rows) {
      const index = compared.indexOf(one);
      test(nameOf(one), { skip: index < 0 }, async () => {
        const from = index - index % atOnce;
        const batch = await (batches[from] ??= Promise.all(
          compared.slice(from, from + atOnce).map((each) => compare(each, laboratory!)),
        ));
        judge(one, batch[index % atOnce]!);
      });
    }
  };
  for (const [table, rows] of Object.entries(tables)) describe(table, () => testAll(rows));
  // These change the environment of this process, which is why one comes after the other.
  describe("the system's roots", () => testAll(systemRoots, 1));
  for (const [certificate, rows] of Object.entries(tls)) {
    describe(`TLS with the certificate ${certificate}`, () => {
      before(() => laboratory?.present(certificate));
      testAll(rows);
    });
  }
});

function nameOf({ string, env, home, verdict, refused }: Case): string {
  const given = [string, env, home && Object.keys(home)].filter((part) => part !== undefined);
  return `${given.map((part) => JSON.stringify(part)).join(" ")}: ${refused ?? verdict}`;
}
