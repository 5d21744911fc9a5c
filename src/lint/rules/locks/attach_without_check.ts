// Pure.
import { alterationsOf } from "../../model/alteration.ts";
import { relationLabel, relationName } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** ATTACH PARTITION scans a table that no CHECK describes. */
export const attachWithoutCheck: Rule = {
  code: "attach-without-check",
  family: "locks",
  severity: "warning",
  effect: "scan",
  title: "ATTACH PARTITION without a CHECK that proves its bounds",
  why:
    "PostgreSQL reads every row of the new partition under an ACCESS EXCLUSIVE lock of it, unless a " +
    "validated CHECK constraint already implies the partition's bounds.",
  recipe: `ALTER TABLE orders_2026 ADD CONSTRAINT orders_2026_bounds
  CHECK (day >= '2026-01-01' AND day < '2027-01-01') NOT VALID;
ALTER TABLE orders_2026 VALIDATE CONSTRAINT orders_2026_bounds; -- in the next migration
ALTER TABLE orders ATTACH PARTITION orders_2026
  FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE orders_2026 DROP CONSTRAINT orders_2026_bounds;`,
  bad: "ALTER TABLE orders ATTACH PARTITION orders_2026 FOR VALUES FROM (1) TO (2);",
  good: `CREATE TABLE orders_2026 (LIKE orders);
ALTER TABLE orders ATTACH PARTITION orders_2026 FOR VALUES FROM (1) TO (2);`,
  *statement({ node }, scope) {
    for (const { command: { subtype, def } } of alterationsOf(node)) {
      if (subtype !== "AT_AttachPartition" || def === undefined || !("PartitionCmd" in def)) {
        continue;
      }
      const { name } = def.PartitionCmd;
      if (name === undefined) continue;
      const partition = relationName(name);
      if (!scope.isLive(partition)) continue;
      const checks = scope.schema.table(partition)?.constraints ?? [];
      if (checks.some(({ type, isValid }) => type === "CONSTR_CHECK" && isValid)) continue;
      yield {
        message:
          `Every row of ${relationLabel(partition)} is read while nobody else can read it. ` +
          "Add and validate a CHECK of its bounds before.",
        location: name.location,
      };
    }
  },
};
