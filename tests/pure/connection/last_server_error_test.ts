import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { lastServerError } from "../../../src/connection/postgres/last_server_error.ts";

/** An error message of the protocol. */
function error(fields: Readonly<Record<string, string>>): Uint8Array {
  const text = Object.entries(fields).map(([type, value]) => `${type}${value}\0`).join("") + "\0";
  const body = new TextEncoder().encode(text);
  const bytes = new Uint8Array(5 + body.length);
  bytes[0] = "E".charCodeAt(0);
  new DataView(bytes.buffer).setInt32(1, 4 + body.length);
  bytes.set(body, 5);
  return bytes;
}

const READY = new Uint8Array([..."Z"].map((c) => c.charCodeAt(0)).concat(0, 0, 0, 5, 73));

describe("farewell", () => {
  test("is what a pooler says last", () => {
    const words = error({ S: "FATAL", C: "08P01", M: "query_wait_timeout" });
    assert.equal(lastServerError(words), "query_wait_timeout");
  });

  test("is found behind other messages, and whatever language the server speaks", () => {
    const words = error({ S: "FATAL", V: "FATAL", C: "57P01", M: "Verbindung wird beendet" });
    assert.equal(lastServerError(new Uint8Array([...READY, ...words])), "Verbindung wird beendet");
    const german = error({ S: "SCHWERWIEGEND", V: "FATAL", C: "57P01", M: "EE" });
    assert.equal(lastServerError(german), "EE");
  });

  test("is not an error after which the connection lives on, nor anything else", () => {
    const lives = error({ S: "ERROR", V: "ERROR", C: "22012", M: "division by zero" });
    assert.equal(lastServerError(lives), undefined);
    const over = error({ S: "FATAL", C: "08P01", M: "no" });
    assert.equal(lastServerError(new Uint8Array([...over, ...READY])), undefined);
    for (const bytes of [new Uint8Array(), READY, over.subarray(0, 7)]) {
      assert.equal(lastServerError(bytes), undefined);
    }
  });
});
