import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compareSchemas } from "../../../src/schema/compare_schemas.ts";
import { describeSchema } from "../../../src/schema/describe_schema.ts";
import { createSchema } from "../../../src/shadow/create_schema.ts";
import { majors } from "../../support/cluster.ts";
import { emptyDatabase } from "../schema/databases.ts";
import { tortureSql } from "../schema/torture.ts";

for (const major of majors) {
  describe(`the same schema on ${major} and in the shadow`, () => {
    test("does not differ once the shadow has printed both", async () => {
      const torture = tortureSql({ major, embedded: true });
      const live = await emptyDatabase(major);
      await live.session.query(torture);
      const found = await describeSchema(live.session);
      await live.close();

      const replayed = await emptyDatabase("embedded");
      await replayed.session.query(torture);
      const expected = await describeSchema(replayed.session);
      await replayed.close();

      const shadow = await emptyDatabase("embedded");
      await createSchema(shadow.session, found, { schema: "the schema", shadow: "the shadow" });
      const actual = await describeSchema(shadow.session);
      await shadow.close();

      assert.deepEqual(
        compareSchemas(expected, { ...actual, server: found.server }).map((difference) =>
          difference.change === "different"
            ? { address: difference.address, fields: difference.fields }
            : difference
        ),
        [],
      );
    });
  });
}
