import assert from "node:assert/strict";
import { test } from "node:test";
import { begin } from "../../../src/background/state/background_transaction.ts";
import { catalogRead } from "../../../src/connection/session/catalog_read.ts";
import { newScene } from "../../support/background.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";

test("what we ask is never compiled first: on servers that can, that takes seconds", async () => {
  const { connector } = await newScene(await sharedCluster(majors[0]!), 0);
  const session = await connector.open({ applicationName: "test" });
  try {
    await session.query("SET jit = on");
    const asked = "SELECT pg_catalog.current_setting('jit') AS jit";
    assert.deepEqual(await catalogRead(session, asked), [{ jit: "off" }]);
    const { rows } = await session.query(`${begin(session)}; ${asked}; COMMIT`);
    assert.deepEqual(rows, [{ jit: "off" }]);
    assert.deepEqual((await session.query(asked)).rows, [{ jit: "on" }]);
  } finally {
    await session.close();
  }
});
