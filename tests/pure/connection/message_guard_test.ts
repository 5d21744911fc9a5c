import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, test } from "node:test";
import { MessageGuard, ProtocolViolation } from "../../../src/connection/postgres/message_guard.ts";

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.from([type.charCodeAt(0), 0, 0, 0, 0]);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const auth = (kind: number, rest = "") =>
  message("R", Buffer.concat([Buffer.from([0, 0, 0, kind]), Buffer.from(rest, "latin1")]));

/** In pieces of so many bytes. */
function check(bytes: Buffer, size: number): void {
  const guard = new MessageGuard();
  for (let at = 0; at < bytes.length; at += size) guard.check(bytes.subarray(at, at + size));
}

describe("messages before the library reads them", () => {
  const sound = Buffer.concat([
    auth(10, "SCRAM-SHA-256\0\0"),
    auth(11, "r=abc,s=QSXCR+Q6sek8bf92,i=4096"),
    auth(12, "v=abc="),
    auth(0),
    message("D", Buffer.alloc(20_000, "R")),
    message("Z", Buffer.from("I")),
    auth(5, "salt"),
  ]);
  const wrong: readonly (readonly [string, Buffer, RegExp])[] = [
    ["a length that is none", Buffer.from("D\0\0\0\x03", "latin1"), /message of 3 bytes/],
    ["a negative length", Buffer.from("D\xff\xff\xff\xff", "latin1"), /message of -1 bytes/],
    ["a request without a kind", message("R", Buffer.alloc(3)), /without a kind/],
    ["a request of a megabyte", Buffer.from("R\0\x10\0\0", "latin1"), /endless/],
    ["MD5 without salt", auth(5, "abc"), /salt/],
    ["SCRAM without salt", auth(11, "r=abc"), /none/],
    ["SCRAM for an hour", auth(11, "r=a,s=YQ==,i=2147483647"), /2147483647 iterations/],
    ["a COPY that nobody asked for", message("H", Buffer.alloc(3)), /COPY/],
    ["SCRAM without iterations", auth(11, "r=a,s=YQ==,i=0"), /0 iterations/],
  ];
  for (const size of [1, 3, 4_096, 1_000_000]) {
    test(`pass where they are sound, in pieces of ${size}`, () => check(sound, size));
    for (const [what, bytes, reason] of wrong) {
      test(`are refused for ${what}, in pieces of ${size}`, () => {
        const act = () => check(Buffer.concat([sound, bytes]), size);
        assert.throws(act, ProtocolViolation);
        assert.throws(act, reason);
      });
    }
  }
});
