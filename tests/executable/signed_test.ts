import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";

const LIMIT = { timeout: 120_000 };

let scratch: string;
const at = (name: string) => path.join(scratch, name);

before(async () => {
  scratch = await fs.mkdtemp(path.join(os.tmpdir(), "signed-"));
  await fs.mkdir(at("migrations/shop"), { recursive: true });
  await fs.writeFile(at("migrations/shop/1_init.up.sql"), "CREATE TABLE shelf ();\n");
  await fs.writeFile(at("migrations/shop/1_init.down.sql"), "DROP TABLE shelf;\n");
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  await fs.writeFile(at("key.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
  await fs.writeFile(at("key.pub"), publicKey.export({ type: "spki", format: "pem" }));
});

after(() => fs.rm(scratch, { recursive: true }));

function run(executable: string, words: readonly string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(executable, words, {
    cwd: scratch,
    env,
    encoding: "utf8",
  });
  return { status, printed: stdout + stderr };
}

describe("an executable where only signed migrations are trusted", () => {
  test("runs what was signed, and nothing else", LIMIT, async () => {
    const base = process.env["MIGRATOR_TEST_EXECUTABLE"]!;
    const bundle = ["bundle", "--migrations", "migrations", "--output"];
    const made = run(base, [...bundle, at("signed"), "--sign", "key.pem"]);
    assert.equal(made.status, 0, made.printed);
    assert.equal(run(base, [...bundle, at("unsigned")]).status, 0);
    const policy = { MIGRATOR_TRUSTED_KEY: at("key.pub") };
    const up = ["up", "--database-url", "pglite:memory"];
    assert.match(run(at("signed"), up, policy).printed, /shop: applied 1 migration/);
    const inline = { MIGRATOR_TRUSTED_KEY: await fs.readFile(at("key.pub"), "utf8") };
    assert.equal(run(at("signed"), ["validate"], inline).status, 0);
    const refused = run(at("unsigned"), up, policy);
    assert.equal(refused.status, 4);
    assert.match(refused.printed, /bundle\/unsigned/);
    assert.match(
      run(at("signed"), [...up, "--migrations", "migrations"], policy).printed,
      /unsigned/,
    );
    assert.equal(run(at("unsigned"), up).status, 0);
  });

  test("refuses a program that was changed in one byte", LIMIT, async () => {
    const file = await fs.open(at("signed"), "r+");
    // A byte of the ELF header that nothing looks at at run time.
    await file.write(Uint8Array.of(1), 0, 1, 15);
    await file.close();
    const base = process.env["MIGRATOR_TEST_EXECUTABLE"]!;
    const { status, printed } = run(base, ["bundle", "inspect", "signed", "--verify", "key.pub"]);
    assert.equal(status, 4, printed);
    assert.match(printed, /bundle\/corrupt/);
  });
});
