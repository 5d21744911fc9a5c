import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { backgroundLines } from "../../../src/cli/output/background_lines.ts";
import {
  backgroundProgressBar,
  backgroundProgressLine,
  backgroundProgressOf,
} from "../../../src/report/background_progress_bar.ts";
import { PLAIN } from "../../../src/report/style.ts";
import { standing } from "../../support/progress_snapshot.ts";

describe("lines about batched migrations", () => {
  test("fit into 80 columns, whatever is in the way, and lose nothing", () => {
    const lines = backgroundLines([
      standing(),
      standing({ id: "12", name: "a_name_that_is_longer_than_there_is_room_for_in_a_table" }),
      standing({
        id: "1234",
        held: {
          reason: "a standby is 45 s behind ".repeat(5).trim(),
          until: "2026-03-01T10:05:09Z",
        },
      }),
      standing({
        status: "failed",
        failure: "the server refuses the statement: column c.m does not exist",
        jobs: { pending: 0, running: 0, failed: 1, succeeded: 0 },
        generation: 2,
        quarantined: 2,
      }),
      standing({ slowed: "4 other sessions at work (slow from 2)" }),
      standing({
        status: "paused",
        rate: undefined,
        total: undefined,
        arguments: { tenant: 7 },
      }),
    ], PLAIN);
    assert.deepEqual(lines.filter((line) => line.length > 80), []);
    assert.deepEqual(lines.slice(0, 3), [
      "     3  active       50 %    2.0k/s   4 min left  backfill_routes (generation 1)",
      "    12  active       50 %    2.0k/s   4 min left",
      "        a_name_that_is_longer_than_there_is_room_for_in_a_table",
    ]);
    const text = lines.join("\n");
    assert.match(text, /held until 2026-03-01 10:05:09Z: a standby/);
    assert.match(text, / {8}the server refuses the statement: column c\.m does not exist/);
    assert.match(text, / {8}slowed: 4 other sessions at work \(slow from 2\)/);
    assert.match(text, /2 rows put aside/);
    assert.match(text, /\{"tenant":7\}/);
  });

  test("draw a bar of the share in any width, and say why nothing moves", () => {
    const held = standing({ held: { reason: "autovacuum works on routes", until: undefined } });
    for (const columns of [40, 60, 80]) {
      for (const one of [standing(), held, standing({ total: undefined, name: "n".repeat(100) })]) {
        const drawn = backgroundProgressBar(backgroundProgressOf("frontend", one), {
          columns,
          style: PLAIN,
        });
        assert.ok(drawn.length < columns, drawn);
        assert.match(drawn, /\[[#.]+\]/);
      }
    }
    assert.equal(
      backgroundProgressBar(backgroundProgressOf("shop", standing()), {
        columns: 80,
        style: PLAIN,
      }),
      "shop: backfill_routes [#########..........]  50 % 2.0k/s, 4 min left",
    );
    assert.equal(
      backgroundProgressLine(
        backgroundProgressOf("shop", standing({ slowed: "4 other sessions at work" })),
      ),
      "shop: backfill_routes: 50 % 2.0k/s, 4 min left, slowed: 4 other sessions at work",
    );
    assert.equal(
      backgroundProgressLine(backgroundProgressOf("shop", held)),
      "shop: backfill_routes: 50 % held: autovacuum works on routes",
    );
  });
});
