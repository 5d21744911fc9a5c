import assert from "node:assert/strict";
import * as fs from "node:fs";
import { describe, test } from "node:test";
import process from "node:process";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { startMigrator } from "../../support/command.ts";
import { newProduct } from "../../support/harness.ts";

const LIMIT = { timeout: 120_000 };
const major = majors.at(-1)!;

/** Megabytes that a process had at its peak, as far as it could be seen; 0 where it cannot be. */
function peakMegabytes(pid: number): number {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+)/m.exec(
      fs.readFileSync(`/proc/${pid}/status`, "utf8"),
    ) ?? [];
    return Number(kilobytes ?? 0) / 1024;
  } catch {
    return 0;
  }
}

describe("a migration that returns rows", { skip: process.platform !== "linux" }, () => {
  for (const yaml of [undefined, "transaction: none"]) {
    test(`discards them as they come, ${yaml ?? "in a transaction"}`, LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [
        {
          // 2 GB, which took 2.7 GB when they were kept. Bun collects garbage from 600 MB on.
          up: "SELECT repeat('x', 1000) FROM generate_series(1, 2000000)",
          ...(yaml ? { yaml } : {}),
        },
      ]);
      const running = startMigrator(["up", ...product.args], { timeout: 100_000 });
      let peak = 0;
      const looking = setInterval(() => peak = Math.max(peak, peakMegabytes(running.pid)), 100);
      const { status, stderr } = await running.finished;
      clearInterval(looking);
      assert.equal(status, 0, stderr);
      assert.ok(peak > 0 && peak < 1_000, `${Math.round(peak)} MB`);
    });
  }
});
