import assert from "node:assert/strict";
import * as fs from "node:fs";
import { test } from "node:test";
import { KEY_NAMES } from "../../../src/project/keys.ts";
import { Project } from "../../../src/project/project.ts";
import { passwordsIn } from "../../../src/project/passwords.ts";
import { readProject } from "../../../src/project/read_project.ts";

test("the settings in the README are all there are, and mean what they say", () => {
  const readme = fs.readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
  const [, text = ""] = /### migrator\.yaml[\s\S]*?```yaml\n([\s\S]*?)```/.exec(readme) ?? [];
  const project = readProject(text, "README.md");
  assert.deepEqual(
    [...new Set(project.entries.map(({ key }) => key))].sort(),
    [...KEY_NAMES].sort(),
  );
  assert.deepEqual(passwordsIn(project), []);
  const here = new Project(project, { SHOP_HOST: "db", REPORTS_URL: "postgres://reports" });
  assert.equal(here.value("url", "shop"), "postgres://migrator@db:6432/shop");
  assert.deepEqual(here.value("readers", "shop"), ["shop_app", "shop_reports"]);
  assert.deepEqual(here.value("readers", "reports"), []);
  assert.equal(here.value("lockTimeout", "reports"), 500);
  assert.equal(here.value("transaction", "shop"), "as-named");
});
