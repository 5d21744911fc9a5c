import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { bundleMigrations } from "../../../src/bundle/bundle_migrations.ts";
import type { BundleManifest } from "../../../src/bundle/bundle_index.ts";
import { openBundle } from "../../../src/bundle/bundle_source.ts";
import { inspectBundle } from "../../../src/bundle/inspect_bundle.ts";
import {
  checkSignature,
  fingerprint,
  readPrivateKey,
  readPublicKey,
  signBundle,
} from "../../../src/bundle/signature.ts";
import { Failure } from "../../../src/failure.ts";
import { runMigrator } from "../../support/command.ts";
import { HEADERS, markOf, program } from "../../support/program.ts";

const vendor = generateKeyPairSync("ed25519");
const stranger = generateKeyPairSync("ed25519");

let directory: string;
const at = (name: string) => path.join(directory, name);

before(async () => {
  directory = await fs.mkdtemp(path.join(os.tmpdir(), "signed-"));
  await fs.mkdir(at("migrations/shop"), { recursive: true });
  await fs.writeFile(at("migrations/shop/1_init.up.sql"), "CREATE TABLE shelf ();\n");
  await fs.writeFile(at("migrations/shop/1_init.down.sql"), "DROP TABLE shelf;\n");
  await fs.writeFile(at("base"), program(HEADERS["linux-x64"], markOf()));
  await bundle("signed", vendor.privateKey);
  await bundle("unsigned", undefined);
  await fs.writeFile(at("key.pem"), pem(vendor.privateKey));
  await fs.writeFile(at("key.pub"), pem(vendor.publicKey));
  await fs.writeFile(at("other.pub"), pem(stranger.publicKey));
});

after(() => fs.rm(directory, { recursive: true }));

async function bundle(name: string, privateKey: KeyObject | undefined): Promise<void> {
  await bundleMigrations({
    migrations: at("migrations"),
    base: at("base"),
    output: at(name),
    privateKey,
  });
}

function pem(key: KeyObject): string {
  const type = key.type === "private" ? "pkcs8" : "spki";
  return String(key.export({ type, format: "pem" }));
}

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error.code;
    throw error;
  }
  return "none";
}

describe("a signed bundle", () => {
  test("is the same bytes for the same input, and is accepted with the key", {}, async () => {
    await bundle("again", vendor.privateKey);
    assert.deepEqual(await fs.readFile(at("again")), await fs.readFile(at("signed")));
    const { signedBy, databases } = inspectBundle(at("signed"), vendor.publicKey);
    assert.equal(signedBy, fingerprint(vendor.publicKey));
    assert.deepEqual(databases, [{ name: "shop", migrations: 1, batched: [] }]);
    await (await openBundle(at("signed")))!.verifySignature(vendor.publicKey);
  });

  test(
    "is refused with another key, without a signature, and when it was changed",
    {},
    async () => {
      assert.equal(
        codeOf(() => inspectBundle(at("signed"), stranger.publicKey)),
        "bundle/signature",
      );
      assert.equal(
        codeOf(() => inspectBundle(at("unsigned"), vendor.publicKey)),
        "bundle/unsigned",
      );
      assert.equal(codeOf(() => inspectBundle(at("unsigned"), undefined)), "none");
      const bytes = await fs.readFile(at("signed"));
      const stride = Number(process.env["MIGRATOR_TEST_STRIDE"] ?? Math.ceil(bytes.length / 257));
      for (let position = 0; position < bytes.length; position += stride) {
        const changed = Uint8Array.from(bytes);
        changed[position] = changed[position]! ^ 1;
        await fs.writeFile(at("changed"), changed);
        const code = codeOf(() => inspectBundle(at("changed"), vendor.publicKey));
        assert.match(code, /^bundle\//, `byte ${position}`);
      }
    },
  );

  test("is refused when digests were made to fit what was changed", {}, () => {
    const sha256 = { "migrations/a": "1".repeat(64), "migrations/b": "2".repeat(64) };
    const signature = signBundle({ program: "p", sha256 }, vendor.privateKey);
    const check = (changes: Partial<BundleManifest> & { readonly program?: string }) => {
      const { program = "p", ...manifest } = changes;
      return codeOf(() =>
        checkSignature({ path: "it" }, {
          manifest: { sha256, signature, ...manifest },
          program,
          publicKey: vendor.publicKey,
        })
      );
    };
    assert.equal(check({}), "none");
    assert.equal(check({ program: "q" }), "bundle/signature");
    assert.equal(
      check({ sha256: { ...sha256, "migrations/a": "3".repeat(64) } }),
      "bundle/signature",
    );
    assert.equal(check({ sha256: { "migrations/a": "1".repeat(64) } }), "bundle/signature");
    assert.equal(check({ signature: { ...signature, value: "" } }), "bundle/signature");
    const forged = signBundle({ program: "p", sha256 }, stranger.privateKey);
    assert.equal(check({ signature: { ...forged, key: signature.key } }), "bundle/signature");
  });
});

describe("keys", () => {
  test("are ed25519, and private ones do not check", () => {
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
    assert.equal(codeOf(() => readPrivateKey(pem(rsa.privateKey), "k")), "bundle/key");
    assert.equal(codeOf(() => readPublicKey(pem(rsa.publicKey), "k")), "bundle/key");
    assert.equal(codeOf(() => readPublicKey(pem(vendor.privateKey), "k")), "bundle/key");
    assert.equal(codeOf(() => readPrivateKey("nothing", "k")), "bundle/key");
  });
});

describe("the command line", () => {
  const run = async (...words: string[]) => {
    const { status, stdout, stderr } = await runMigrator(words, { cwd: directory });
    return { status, printed: stdout + stderr };
  };

  test("signs, shows and checks", {}, async () => {
    const words = ["--base", "base", "--migrations", "migrations", "--output", "cli"];
    const made = await run("bundle", "--sign", "key.pem", ...words);
    assert.equal(made.status, 0, made.printed);
    assert.match(made.printed, /, signed\n/);
    assert.deepEqual(await fs.readFile(at("cli")).then((bytes) => bytes.length > 0), true);
    const shown = await run("bundle", "inspect", "cli");
    assert.match(
      shown.printed,
      /shop: 1 migration\n {2}signature: by the key [0-9a-f]{16}, not checked/,
    );
    assert.match(
      (await run("bundle", "inspect", "cli", "--verify", "key.pub")).printed,
      /valid, by/,
    );
    for (
      const [file, key, code] of [
        ["cli", "other.pub", "bundle/signature"],
        ["unsigned", "key.pub", "bundle/unsigned"],
        ["cli", "key.pem", "bundle/key"],
        ["cli", "nowhere", "bundle/key"],
        ["base", "key.pub", "bundle/none"],
      ] as const
    ) {
      const { status, printed } = await run("bundle", "inspect", file, "--verify", key);
      assert.equal(status, 4, printed);
      assert.match(printed, new RegExp(`error\\[${code}\\]`));
      assert.doesNotMatch(printed, /PRIVATE KEY/);
    }
  });

  test("refuses migrations that are files where only signed ones are trusted", {}, async () => {
    const { status, stderr } = await runMigrator(["leaves", "--migrations", at("migrations")], {
      env: { MIGRATOR_TRUSTED_KEY: at("key.pub") },
    });
    assert.equal(status, 4);
    assert.match(stderr, /bundle\/unsigned/);
  });
});
