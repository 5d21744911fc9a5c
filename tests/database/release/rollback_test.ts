import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { dumpSchema, NEWER, OLDER } from "../../support/forty_migrations.ts";
import { newInstallation, release } from "../../support/releases.ts";

const LIMIT = { timeout: 180_000 };

const releaseA = release(OLDER);
const releaseB = release(NEWER);

for (const major of majors) {
  describe(`rollback by the older executable, on PostgreSQL ${major}`, () => {
    test(
      "40 migrations of a newer release go back to the older one's schema and rows",
      LIMIT,
      async () => {
        const server = await sharedCluster(major);
        const at = await newInstallation(server);
        await at.command(releaseA, "up");
        const before = { schema: await at.schema(), dump: dumpSchema(at.url) };
        if (major <= 15) assert.ok(before.dump, "pg_dump could not read this server");
        const rows = await at.sql("SELECT * FROM accounts ORDER BY id");
        await at.command(releaseB, "up");
        await at.command(releaseB, "background finalize fill");
        assert.deepEqual(await at.sql("SELECT count(*) FROM accounts WHERE region IS NOT NULL"), [
          { count: "100" },
        ]);
        const printed = await at.command(releaseA, "rollback --dry-run");
        assert.match(printed, /app: 40 to run on/);
        assert.match(printed, /down 41 \(m41\) {2}\[privileged\]/);
        assert.match(printed, /batched: fill is finalized; its `down` runs to the end before 42/);
        assert.match(printed, /lost: public\.t3, 0 rows/);
        await at.command(releaseA, "rollback");
        assert.equal(await at.schema(), before.schema);
        assert.equal(dumpSchema(at.url), before.dump);
        assert.deepEqual(await at.sql("SELECT * FROM accounts ORDER BY id"), rows);
        assert.match(await at.command(releaseA, "status"), /2 applied/);
        assert.match(await at.command(releaseA, "rollback"), /nothing to do/);
        await at.command(releaseB, "up");
        assert.equal((await at.sql("SELECT FROM pg_class WHERE relname ~ '^t[0-9]+$'")).length, 36);
      },
    );
  });
}
