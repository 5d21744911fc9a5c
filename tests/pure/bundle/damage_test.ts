import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs/promises";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { after, afterEach, before, describe, test } from "node:test";
import { bundleMigrations } from "../../../src/bundle/bundle_migrations.ts";
import { verifyBundle } from "../../../src/bundle/verify_bundle.ts";
import { Failure } from "../../../src/failure.ts";
import { HEADERS, markOf, program } from "../../support/program.ts";

const BASE = program(HEADERS["linux-x64"], markOf());

let directory: string;
const at = (name: string) => path.join(directory, name);

before(async () => {
  directory = await fs.mkdtemp(path.join(os.tmpdir(), "bundle-"));
  await fs.mkdir(at("migrations/shop"), { recursive: true });
  await fs.writeFile(at("migrations/shop/1_a.up.sql"), "CREATE TABLE a (i int);\n".repeat(400));
  await fs.writeFile(at("migrations/shop/2_b.up.sql"), "CREATE TABLE b (i int);\n");
  await fs.writeFile(at("base"), BASE);
  await bundle({ output: at("bundled") });
});

after(() => fs.rm(directory, { recursive: true }));

function bundle(options: { readonly output: string; readonly base?: string }) {
  return bundleMigrations({ base: at("base"), migrations: at("migrations"), ...options });
}

function fails(promise: Promise<unknown>, code: string) {
  return assert.rejects(promise, (error) => error instanceof Failure && error.code === code);
}

describe("what is at the place of the output", () => {
  const write = () => bundle({ output: at("place/out") });
  before(() => fs.mkdir(at("place")));
  afterEach(async () => {
    await fs.rm(at("place"), { recursive: true });
    await fs.mkdir(at("place"));
  });

  test("is refused when it is a pipe or a socket, and stays as it is", {}, async () => {
    assert.equal(spawnSync("mkfifo", [at("place/out")]).status, 0);
    await fails(write(), "bundle/output");
    await assert.rejects(write(), /it is a named pipe/);
    assert.ok((await fs.lstat(at("place/out"))).isFIFO());
    await fs.rm(at("place/out"));
    const listener = net.createServer().listen(at("place/out"));
    await once(listener, "listening");
    await assert.rejects(write(), /it is a socket/);
    assert.ok((await fs.lstat(at("place/out"))).isSocket());
    listener.close();
  });

  test("is refused behind a link, too, and a link that leads nowhere is", {}, async () => {
    assert.equal(spawnSync("mkfifo", [at("place/pipe")]).status, 0);
    await fs.symlink("pipe", at("place/out"));
    await assert.rejects(write(), /it is a named pipe/);
    await fs.rm(at("place/pipe"));
    await assert.rejects(write(), /it is a symbolic link that leads nowhere/);
    assert.ok((await fs.lstat(at("place/out"))).isSymbolicLink());
    assert.deepEqual(await fs.readdir(at("place")), ["out"]);
  });

  test("is followed when it is a link to a file, which is replaced", {}, async () => {
    await fs.mkdir(at("place/elsewhere"));
    await fs.writeFile(at("place/elsewhere/program"), "old");
    await fs.symlink("elsewhere/program", at("place/out"));
    await write();
    assert.equal(await fs.readlink(at("place/out")), "elsewhere/program");
    verifyBundle(at("place/elsewhere/program"));
    assert.deepEqual(await fs.readdir(at("place/elsewhere")), ["program"]);
  });

  test("gets the permissions that the umask leaves", {}, async () => {
    const before = process.umask(0o027);
    try {
      await write();
      assert.equal((await fs.stat(at("place/out"))).mode & 0o777, 0o750);
      process.umask(0o077);
      await write();
      assert.equal((await fs.stat(at("place/out"))).mode & 0o777, 0o700);
    } finally {
      process.umask(before);
    }
  });
});

describe("a damaged file", () => {
  test("is no base: cut off, or changed anywhere", {}, async () => {
    const header = HEADERS["linux-x64"].length;
    const flipped = (position: number) => {
      const copy = Buffer.from(BASE);
      copy.writeUInt8(copy.readUInt8(position) ^ 1, position);
      return copy;
    };
    const damaged = [
      ...[1, 90, 5_000, 140_000].map((less) => BASE.subarray(0, BASE.length - less)),
      ...[header + 9, 200_000, BASE.length - 100, BASE.length - 9].map(flipped),
      Buffer.concat([BASE, Buffer.from("x")]),
    ];
    for (const bytes of damaged) {
      await fs.writeFile(at("damaged_base"), bytes);
      await fails(bundle({ base: at("damaged_base"), output: at("never") }), "bundle/base-damaged");
    }
    await assert.rejects(fs.stat(at("never")));
  });

  test("is told wherever one bit of it was flipped", {}, async () => {
    const bytes = await fs.readFile(at("bundled"));
    const open = await fs.open(at("bit"), "w+");
    try {
      await open.write(bytes);
      for (let position = HEADERS["linux-x64"].length; position < bytes.length; position += 1_009) {
        const byte = bytes.readUInt8(position);
        const flip = Buffer.from([byte ^ (1 << position % 8)]);
        await open.write(flip, 0, 1, position);
        assert.throws(() => verifyBundle(at("bit")), { code: "bundle/corrupt" }, String(position));
        await open.write(Buffer.from([byte]), 0, 1, position);
      }
      verifyBundle(at("bit"));
    } finally {
      await open.close();
    }
  });
});
