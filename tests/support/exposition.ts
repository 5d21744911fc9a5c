/**
 * A strict reader of Prometheus' text format, for tests: what promtool would refuse is refused.
 *
 * @module
 */

import assert from "node:assert/strict";

/** Values by series: `name{a="b"}` as it is written. */
export type Scraped = ReadonlyMap<string, number>;

const HEAD = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/;
const SAMPLE =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (NaN|[+-]Inf|-?\d+(?:\.\d+)?(?:e[+-]\d+)?)$/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"(?:,|$)/;

export function readExposition(text: string): Scraped {
  assert.ok(text.endsWith("\n"), "the last line ends");
  const scraped = new Map<string, number>();
  const seen = new Set<string>();
  let family = "";
  let type = "";
  for (const line of text.slice(0, -1).split("\n")) {
    const head = HEAD.exec(line);
    if (head) {
      const [, what, name = "", rest = ""] = head;
      if (what === "HELP") {
        assert.ok(!seen.has(name), `${name} is told in one place`);
        seen.add(family = name);
        assert.match(rest, /^(?:[^\\]|\\[\\n])*$/);
      } else {
        assert.equal(name, family, "the type follows the help");
        assert.match(type = rest, /^(counter|gauge|histogram)$/);
      }
      continue;
    }
    const [, name = "", labels = "", value = ""] = SAMPLE.exec(line) ?? assert.fail(line);
    const base = type === "histogram" ? name.replace(/_(bucket|sum|count)$/, "") : name;
    assert.equal(base, family, line);
    const names = labelNames(labels);
    assert.equal(new Set(names).size, names.length, line);
    const series = line.slice(0, line.lastIndexOf(" "));
    assert.ok(!scraped.has(series), `${series} is told once`);
    scraped.set(series, value === "+Inf" ? Infinity : Number(value));
    if (type === "counter") assert.ok(Number(value) >= 0 && name.endsWith("_total"), line);
  }
  return scraped;
}

function labelNames(labels: string): readonly string[] {
  const names: string[] = [];
  for (let rest = labels; rest !== "";) {
    const [all, name = ""] = LABEL.exec(rest) ?? assert.fail(labels);
    assert.doesNotMatch(name, /^__/);
    names.push(name);
    rest = rest.slice(all.length);
  }
  return names;
}
