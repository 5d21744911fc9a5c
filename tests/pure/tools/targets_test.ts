import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import * as fs from "node:fs";
import * as path from "node:path";
import { describe, test } from "node:test";
import { ROOT } from "../../../tools/bun.ts";
import { removeSignature } from "../../../tools/remove_signature.ts";
import { BUN_VERSION, TARGETS } from "../../../tools/targets.ts";

const read = (name: string) => fs.readFileSync(path.join(ROOT, name), "utf8");

describe("the targets", () => {
  test("have the Bun that deno.json names", () => {
    assert.ok(read("deno.json").includes(`"npm:bun@${BUN_VERSION}"`));
  });

  test("have the integrity that deno.lock has", () => {
    const { npm } = JSON.parse(read("deno.lock")) as { npm: Record<string, { integrity: string }> };
    const locked = (name: string) => npm[`@oven/bun-${name}@${BUN_VERSION}`]?.integrity;
    const both = TARGETS.filter((target) => locked(target.package) !== undefined);
    // Those for processors without AVX2 are no dependency of Bun's package.
    assert.deepEqual(TARGETS.filter((one) => !both.includes(one)).map((one) => one.name), [
      "linux-x64-baseline",
    ]);
    assert.deepEqual(both.map((one) => one.integrity), both.map((one) => locked(one.package)));
  });
});

/** Two segments and a signature, which is the last thing in the file. */
function machO(): Buffer {
  const bytes = Buffer.alloc(1000);
  bytes.writeUInt32LE(0xfeedfacf, 0);
  bytes.writeUInt32LE(3, 16);
  bytes.writeUInt32LE(72 + 72 + 16, 20);
  for (
    const [at, name, from, size] of [[32, "__TEXT", 0, 300], [104, "__LINKEDIT", 300, 700]] as const
  ) {
    bytes.writeUInt32LE(0x19, at);
    bytes.writeUInt32LE(72, at + 4);
    bytes.write(name, at + 8, "latin1");
    bytes.writeBigUInt64LE(BigInt(from), at + 40);
    bytes.writeBigUInt64LE(BigInt(size), at + 48);
  }
  bytes.writeUInt32LE(0x1d, 176);
  bytes.writeUInt32LE(16, 180);
  bytes.writeUInt32LE(600, 184);
  bytes.writeUInt32LE(400, 188);
  return bytes;
}

describe("a Mach-O executable's signature", () => {
  test("is no part of it any more once it is removed", () => {
    const bytes = machO();
    assert.equal(removeSignature(bytes), 600);
    assert.deepEqual([bytes.readUInt32LE(16), bytes.readUInt32LE(20)], [2, 144]);
    assert.equal(bytes.readBigUInt64LE(104 + 48), 300n);
    assert.ok(bytes.subarray(176, 192).equals(Buffer.alloc(16)));
    assert.throws(() => removeSignature(bytes), /not where linkers put it/);
  });

  test("is left alone where something follows it, and in what is no Mach-O", () => {
    assert.throws(() => removeSignature(Buffer.concat([machO(), Buffer.alloc(1)])), /not where/);
    assert.throws(() => removeSignature(Buffer.from("\x7fELF".padEnd(64))), /no Mach-O/);
  });
});
