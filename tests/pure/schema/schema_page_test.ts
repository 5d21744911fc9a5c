import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Schema, SchemaObject } from "../../../src/schema/model/schema.ts";
import { schemaPage } from "../../../src/schema/schema_page.ts";
import { askPage, chromium } from "../../support/chromium.ts";
import { withFolder } from "../../support/folder.ts";

const HOSTILE = `</script><script>document.title = "taken over"</script> & "quoted"`;

/** A thousand tables in a tree of foreign keys, with a circle and a table without any. */
function large(): Schema {
  const tables = Array.from({ length: 1000 }, (_, number) => ({
    kind: "table",
    schema: "public",
    name: `table_${number}`,
    comment: `Comment ${number}: ${HOSTILE}`,
    columns: Array.from({ length: 12 }, (_, column) => ({
      name: number === 700 && column === 3 ? "needle" : `column_${column}`,
      type: "bigint",
      notNull: true,
    })),
  }));
  const keys = Array.from({ length: 998 }, (_, index) => ({
    kind: "constraint",
    table: `public.table_${index + 1}`,
    name: `key_${index + 1}`,
    type: "foreign key",
    definition: `FOREIGN KEY (column_1) REFERENCES public.table_${
      index === 0 ? 2 : Math.floor((index + 1) / 3)
    }(column_0)`,
  }));
  return { format: 1, server: 180000, objects: [...tables, ...keys] as unknown as SchemaObject[] };
}

const page = (schema: Schema) =>
  schemaPage(schema, {
    title: "shop",
    makerOf: (address) => `1 init (shop/1/up.sql:${address.length})`,
  });

describe("the schema as an HTML page", () => {
  test("is the same for the same schema, loads nothing, and escapes what it shows", () => {
    const text = page(large());
    assert.equal(page(large()), text);
    assert.doesNotMatch(text, /(?:src|href)="(?!#)|@import|url\(/);
    assert.equal(text.split("<script>").length, 2);
    assert.match(text, /&lt;\/script&gt;&lt;script&gt;/);
  });

  test("shows who made a table, its neighbours, and every schema as a diagram", () => {
    const text = page(large());
    const article = /<article id="TABLE~20public.table_3">.*?<\/article>/s.exec(text)![0];
    assert.match(article, /made by 1 init \(shop\/1\/up\.sql:20\)/);
    for (const neighbour of [1, 9, 10, 11]) {
      assert.match(article, new RegExp(`<a href="#TABLE~20public.table_${neighbour}"><rect`));
    }
    assert.doesNotMatch(article, /<a href="#TABLE~20public.table_12"><rect/);
    const [diagram = ""] = /<section class="diagram">.*?<\/section>/s.exec(text)!;
    assert.equal(diagram.split("<rect").length - 1, 1000);
    assert.equal(diagram.split("<path").length - 1, 998);
  });

  const skip = chromium === undefined ? "there is no chromium: the page was not looked at" : false;

  test("is searched and followed in a browser, at 1,000 tables", { skip }, async () => {
    await withFolder({}, async (folder) => {
      const script = `
        const found = {};
        const shown = () => items.filter((item) => !item.hidden);
        const search_ = (text) => { search.value = text; search.dispatchEvent(new Event("input")); return shown().length; };
        found.all = search_("");
        found.needle = search_("needle");
        found.name = shown()[0].textContent.trim();
        found.two = search_("table_70 column_5");
        found.none = search_("no such thing");
        search_("needle");
        search.focus();
        dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
        setTimeout(() => {
          const target = document.querySelector("article:target");
          found.target = target?.id;
          const { top, height } = target.getBoundingClientRect();
          found.inView = top > -10 && top < innerHeight && height > 100;
          found.list = document.elementFromPoint(50, 300)?.closest("nav") !== null;
          found.styled = getComputedStyle(document.querySelector(".er rect")).stroke !== "none";
          document.title = JSON.stringify(found);
        }, 500);`;
      assert.deepEqual(JSON.parse(await askPage(page(large()), { script, folder })), {
        all: 1000,
        needle: 1,
        name: "table public.table_700",
        two: 11,
        none: 0,
        target: "TABLE~20public.table_700",
        inView: true,
        list: true,
        styled: true,
      });
    });
  });
});
