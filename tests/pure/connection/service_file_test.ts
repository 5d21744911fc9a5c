import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseServiceFile } from "../../../src/connection/settings/service_file.ts";
import { Failure } from "../../../src/failure.ts";

const TEXT = `# services
[other]
host=other
nonsense of another service

  [shop]
host=first
host=second
# port=1
  dbname=shop\t
options=-c a=b

[shop]
port=5433
`;

const read = (text: string, service = "shop") =>
  parseServiceFile(text, { service, path: "/etc/pg_service.conf" });

describe("a service file", () => {
  test("gives the first section of the name and the first mention of a parameter", () => {
    assert.deepEqual({ ...read(TEXT) }, { host: "first", dbname: "shop", options: "-c a=b" });
  });

  test("gives nothing for a name that it does not have", () => {
    assert.equal(read(TEXT, "sho"), undefined);
  });

  for (
    const [text, code, line] of [
      ["[shop]\nhost", "settings/service-file", 2],
      ["[shop]\n\nservice=x", "settings/service-file", 3],
      ["[shop]\nhst=x", "settings/unknown-parameter", undefined],
      ["[shop]\nhost =x", "settings/unknown-parameter", undefined],
    ] as const
  ) {
    test(`${JSON.stringify(text)} is refused with ${code}`, () => {
      assert.throws(() => read(text), (error) => {
        assert(error instanceof Failure);
        assert.equal(error.code, code);
        assert.equal(error.place?.line, line);
        return true;
      });
    });
  }
});
