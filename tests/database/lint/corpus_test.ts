import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Session } from "../../../src/connection/session/session.ts";
import { CORPUS, findingsIn, isDetected } from "../../lint/corpus/corpus.ts";
import { SETUP } from "../../lint/measured_statements.ts";
import { emptyDatabase } from "../schema/databases.ts";

/** Safe migrations that are blamed, and why that is right. */
const BLAMED: Readonly<Record<string, string>> = {
  "ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY (product_id) REFERENCES products (id) NOT VALID;":
    "It blocks nobody, but no index serves the key.",
  "ALTER TABLE orders ADD COLUMN seller_id bigint REFERENCES users (id);":
    "It blocks nobody, but no index serves the key.",
  "ALTER TABLE events DETACH PARTITION events_2025 CONCURRENTLY;":
    "It blocks nobody, but PostgreSQL 13 does not know it.",
};

/** Dangerous migrations whose text does not show it, or only to who knows all of PostgreSQL. */
const FOUND_BY_MEASURING_ONLY = 9;

describe("the labelled corpus", () => {
  let session: Session;
  let close: () => Promise<void>;
  before(async () => {
    ({ session, close } = await emptyDatabase("embedded"));
    await session.query(SETUP);
    await session.query("CREATE ROLE app");
  });
  after(() => close());

  for (const isMeasured of [false, true]) {
    test(`is judged right ${isMeasured ? "when it is measured" : "by rule alone"}`, async () => {
      const missed = [];
      const blamed: Record<string, readonly string[]> = {};
      for (const migration of CORPUS) {
        const findings = await findingsIn(migration, isMeasured ? session : undefined);
        if (migration.label === "safe") {
          if (findings.length > 0) blamed[migration.sql] = findings.map(({ code }) => code);
        } else if (!isDetected(migration.label, findings)) missed.push(migration.sql);
      }
      assert.deepEqual(Object.keys(blamed), Object.keys(BLAMED), JSON.stringify(blamed));
      assert.ok(missed.length <= (isMeasured ? 0 : FOUND_BY_MEASURING_ONLY), missed.join("\n"));
    });
  }
});
