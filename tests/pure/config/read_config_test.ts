import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Failure, Failures } from "../../../src/failure.ts";
import type { ConfigKey } from "../../../src/config/keys.ts";
import { passwordLine, passwordsIn } from "../../../src/config/passwords.ts";
import { Config } from "../../../src/config/config.ts";
import { readConfig } from "../../../src/config/read_config.ts";

function read(text: string, environment: Readonly<Record<string, string>> = {}): Config {
  return new Config(readConfig(text, "migrator.yaml"), environment);
}

function failuresOf(action: () => unknown): readonly Failure[] {
  try {
    action();
  } catch (error) {
    if (error instanceof Failures) return error.failures;
    if (error instanceof Failure) return [error];
    throw error;
  }
  return [];
}

/** `settings/unknown-key at 1:1`. */
function codesOf(failures: readonly Failure[]): string[] {
  return failures.map(({ code, place }) => `${code} at ${place?.line}:${place?.column}`);
}

describe("migrator.yaml", () => {
  test("says what holds for a database, and else for all of them", () => {
    const config = read(`
migrations: db
historySchema: My Schema
lockTimeout: 5s
lockRetries: 3
readers: &app [app, 1st]
databases:
  shop:
    url: postgres://shop@db/shop
    lockTimeout: 250ms
    readers: []
    durable: each
    layout: bun
    transaction: as-named
  stock:
  depot: { readers: *app, statementTimeout: 1.5 min }
`);
    const values = (database: string | undefined, ...keys: ConfigKey[]) =>
      keys.map((key) => config.value(key, database));
    assert.deepEqual(values(undefined, "migrations", "historySchema", "url"), [
      "db",
      "My Schema",
      undefined,
    ]);
    assert.deepEqual(values("shop", "url", "lockTimeout", "readers", "durable", "lockRetries"), [
      "postgres://shop@db/shop",
      250,
      [],
      "each",
      3,
    ]);
    assert.deepEqual(values("shop", "layout", "transaction"), ["bun", "as-named"]);
    assert.deepEqual(values("stock", "url", "lockTimeout", "readers"), [
      undefined,
      5_000,
      ["app", "1st"],
    ]);
    assert.deepEqual(values("depot", "readers", "statementTimeout"), [["app", "1st"], 90_000]);
    assert.deepEqual(config.text.databases, ["shop", "stock", "depot"]);
    assert.equal(config.originOf("url", "shop"), "databases.shop.url in migrator.yaml");
    assert.equal(config.originOf("lockTimeout", "depot"), "lockTimeout in migrator.yaml");
    assert.equal(config.originOf("url", "depot"), undefined);
  });

  for (const text of ["", "# nothing\n", "databases:\n", "---\n"]) {
    test(`may say nothing: ${JSON.stringify(text)}`, () => {
      assert.deepEqual(read(text).text.entries, []);
    });
  }

  const wrong: readonly (readonly [text: string, expected: readonly string[], hint: RegExp])[] = [
    ["lock_timeout: 2s", ["settings/unknown-key at 1:1"], /Did you mean `lockTimeout`/],
    ["database_url: x", ["settings/unknown-key at 1:1"], /Did you mean `url`/],
    ["database: x", ["settings/unknown-key at 1:1"], /Did you mean `databases`/],
    ["wibble: x", ["settings/unknown-key at 1:1"], /known keys are migrations, /],
    [
      "databases:\n  a:\n    readrs: [x]\n    historySchema: y",
      ["settings/unknown-key at 3:5", "settings/unknown-key at 4:5"],
      /Did you mean `readers`/,
    ],
    ["databases: { a: { migrations: x } }", ["settings/unknown-key at 1:19"], /left margin/],
    ["url: a\nurl: b", ["settings/duplicate-key at 2:1"], /Remove one/],
    ["databases:\n  a:\n  a:\n", ["settings/duplicate-key at 3:3"], /Remove one/],
    [
      "lockTimeout: soon\nlockRetries: -1\nlayout: buns",
      [
        "settings/wrong-type at 1:14",
        "settings/wrong-type at 2:14",
        "settings/wrong-type at 3:9",
      ],
      /500ms/,
    ],
    ["readers: app", ["settings/wrong-type at 1:10"], /readers: \[/],
    ["readers: [{}]", ["settings/wrong-type at 1:10"], /readers: \[/],
    ["url: [a]", ["settings/wrong-type at 1:6"], /Write a URL/],
    ["url:", ["settings/wrong-type at 1:5"], /Write a URL/],
    ["historySchema: pg_mine", ["settings/wrong-type at 1:16"], /PostgreSQL's own/],
    [`historySchema: ${"ä".repeat(32)}`, ["settings/wrong-type at 1:16"], /63 bytes/],
    ["databases: shop", ["settings/wrong-type at 1:12"], /key: value/],
    ["databases:\n  shop: bun", ["settings/wrong-type at 2:9"], /key: value/],
    ["- url: x", ["settings/wrong-type at 1:1"], /key: value/],
    ["url: ${HOST", ["settings/bad-variable at 1:6"], /\$\{NAME:-default\}/],
    ["url: ${A:-${B}}", ["settings/bad-variable at 1:6"], /without variables in the default/],
    ["url: 'x\nmigrations: y", ["settings/unreadable-file at 2:14"], /Correct the YAML/],
    ["url: !env DATABASE_URL", ["settings/unreadable-file at 1:6"], /Correct the YAML/],
    ["a: b\n---\nc: d", ["settings/unreadable-file at 2:1"], /Correct the YAML/],
  ];
  for (const [text, expected, hint] of wrong) {
    test(`is refused: ${JSON.stringify(text)}`, () => {
      const failures = failuresOf(() => read(text));
      assert.deepEqual(codesOf(failures), expected);
      assert.match(String(failures[0]?.hint), hint);
    });
  }

  test("never quotes a value that it refuses: it may be a password", () => {
    const text =
      "layout: hunter2\nlockTimeout: hunter2\nreaders: hunter2\nmigrations: [hunter2]\n" +
      "url: {hunter2: hunter2}\ndatabases: hunter2";
    for (
      const wrong of [text, "url: *hunter2", "url: !hunter2 x", 'url: "hunter2', "url: '${hunter2'"]
    ) {
      const failures = failuresOf(() => read(wrong));
      assert.ok(failures.length > 0, wrong);
      for (const { message, hint } of failures) {
        assert.doesNotMatch(`${message} ${hint}`, /hunter2/);
      }
    }
  });
});

describe("variables in migrator.yaml", () => {
  const environment = { HOST: "db", EMPTY: "", WAIT: "3s", ODD: "${HOST}" };
  const expanded: readonly (readonly [string, string])[] = [
    ["postgres://app@${HOST}/${EMPTY}x", "postgres://app@db/x"],
    ["${NOT_SET:-a b}${EMPTY:-c}${HOST:-d}${NOT_SET:-}", "a bcdb"],
    ["$$ $${HOST} $HOST $$$$ 1$", "$ ${HOST} $HOST $$ 1$"],
    ["${ODD}", "${HOST}"],
  ];
  for (const [text, value] of expanded) {
    test(`${text} is ${value}`, () => {
      assert.equal(read(`url: "${text}"`, environment).value("url"), value);
    });
  }

  test("are judged when they are asked for, and not before", () => {
    const config = read(
      "lockWait: ${WAIT}\nlockTimeout: ${HOST}\nurl: x\ndatabases:\n  a:\n    url: ${SHOP_DB}\n" +
        "readers: ['${HOST}', '${NOBODY}']",
      environment,
    );
    assert.equal(config.value("lockWait"), 3_000);
    assert.equal(config.value("url", "b"), "x");
    const [wrong] = failuresOf(() => config.value("lockTimeout"));
    assert.equal(wrong?.code, "settings/wrong-type");
    assert.match(String(wrong?.message), /^lockTimeout in migrator.yaml /);
    assert.doesNotMatch(String(wrong?.message), /db/);
    const [unset] = failuresOf(() => config.value("url", "a"));
    assert.deepEqual(codesOf([unset!]), ["settings/unset-variable at 6:10"]);
    assert.match(String(unset?.message), /databases\.a\.url .* SHOP_DB, which is not set/);
    assert.match(String(unset?.hint), /^export SHOP_DB=….*\$\{SHOP_DB:-…\}$/);
    assert.match(String(failuresOf(() => config.value("readers"))[0]?.message), /NOBODY/);
  });
});

describe("a password in migrator.yaml", () => {
  const table: readonly (readonly [boolean, string])[] = [
    [true, "postgres://app:hunter2@db/shop"],
    [true, "postgres://app:${PW:-hunter2}@db/shop"],
    [true, "postgres://app:hunter${N}@db/shop"],
    [true, "host=db password=hunter2"],
    [true, "postgres://app@db/shop?password=hunter2"],
    [false, "postgres://app@db/shop"],
    [false, "postgres://app:${PW}@db/shop"],
    [false, "postgres://app:${PW:-}@db/shop"],
    [false, "postgres://${USER}:${PW}@${HOST:-db}/shop"],
    [false, "host=db password=${PW} dbname=shop"],
    [false, "${DATABASE_URL:-postgres://app@db/shop}"],
  ];
  for (const [is, url] of table) {
    test(`${is ? "is" : "is not"} found in ${url}`, () => {
      const text = `databases:\n  shop:\n    url: "${url}"\n`;
      assert.deepEqual(passwordsIn(read(text).text), is ? ["databases.shop.url"] : []);
      assert.equal(passwordLine(text), is ? 3 : undefined);
    });
  }

  test("is found in a comment", () => {
    assert.equal(passwordLine("url: x\n# postgres://app:hunter2@db/shop\n"), 2);
  });
});
