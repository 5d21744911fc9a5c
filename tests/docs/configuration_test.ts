import assert from "node:assert/strict";
import { test } from "node:test";
import { KEY_NAMES } from "../../src/config/keys.ts";
import { passwordsIn } from "../../src/config/passwords.ts";
import { Config } from "../../src/config/config.ts";
import { readConfig } from "../../src/config/read_config.ts";
import { readPage } from "../support/documentation.ts";

test("the settings in docs/configuration.md are all there are, and mean what they say", () => {
  const { blocks } = readPage("docs/configuration.md");
  const [whole] = blocks.filter(({ about }) => about === "docs/migrator.yaml");
  const project = readConfig(whole!.text, "migrator.yaml");
  assert.deepEqual(
    [...new Set(project.entries.map(({ key }) => key))].sort(),
    [...KEY_NAMES].sort(),
  );
  assert.deepEqual(passwordsIn(project), []);
  const here = new Config(project, { SHOP_HOST: "db", REPORTS_URL: "postgres://reports" });
  assert.equal(here.value("url", "shop"), "postgres://migrator@db:6432/shop");
  assert.deepEqual(here.value("readers", "shop"), ["shop_app", "shop_reports"]);
  assert.deepEqual(here.value("readers", "reports"), []);
  assert.equal(here.value("lockTimeout", "reports"), 500);
  assert.equal(here.value("transaction", "shop"), "as-named");
});
