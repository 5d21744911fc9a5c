import assert from "node:assert/strict";
import { test } from "node:test";
import { namesHost } from "../../../src/connection/tls/certificate_names.ts";

type Row = readonly [
  CN: string | undefined,
  subjectaltname: string | undefined,
  named: readonly string[],
  others: readonly string[],
];

const TABLE: readonly Row[] = [
  ["db", undefined, ["db", "DB"], ["db.test", "10.0.0.1", ""]],
  ["*.test", undefined, ["a.test"], ["a.b.test", "test", ".test"]],
  ["db", "DNS:other", ["other"], ["db"]],
  ["db", "IP Address:10.0.0.1", ["db", "10.0.0.1"], ["10.0.0.2"]],
  ["10.0.0.1", "DNS:other", ["10.0.0.1", "other"], ["10.0.0.2"]],
  ["10.0.0.1", "IP Address:10.0.0.2", ["10.0.0.2"], ["10.0.0.1"]],
  [undefined, "DNS:a, DNS:*.b, IP Address:::1", ["a", "x.b", "::1", "0:0::1"], ["b", "::2"]],
  [undefined, "IP Address:2001:DB8:0:0:0:0:0:1", ["2001:db8::1"], ["2001:db8::2"]],
  [undefined, "DNS:f*.b, DNS:*", ["*"], ["fo.b", "fo"]],
  // A name that holds a comma must not pass for two.
  [undefined, 'DNS:"a, DNS:b"', ["a, DNS:b"], ["a", "b", '"a']],
  [undefined, 'URI:"http://x, DNS:b", DNS:c', ["c"], ["b"]],
  [undefined, undefined, [], ["", "a"]],
];

test("a certificate names what libpq finds in it, and nothing else", () => {
  for (const [CN, subjectaltname, named, others] of TABLE) {
    const names = (host: string) =>
      namesHost({ subject: { CN }, subjectaltname }, {
        host,
        isAddress: /^[\d.]+$|:/.test(host),
      });
    assert.deepEqual([...named, ...others].filter(names), named, `${CN} ${subjectaltname}`);
  }
});
