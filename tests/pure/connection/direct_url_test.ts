import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ServerSettings } from "../../../src/connection/settings/settings.ts";
import {
  resolveDirect,
  type SettingsInput,
} from "../../../src/connection/settings/resolve_settings.ts";
import type { Failure } from "../../../src/failure.ts";

interface World {
  readonly urls?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

function resolve({ urls = [], environment = {} }: World, parts: Partial<SettingsInput> = {}) {
  return resolveDirect({
    database: "code-intel",
    databases: ["frontend", "code-intel"],
    urls,
    environment,
    homeDirectory: undefined,
    userName: "me",
    readFile: () => Promise.resolve(undefined),
    permissions: () => Promise.resolve(undefined),
    ...parts,
  });
}

async function host(world: World) {
  const found = await resolve(world);
  return found && [(found.settings as ServerSettings).hosts[0]?.host, found.origin];
}

const url = (host: string) => `postgres://u@${host}/d`;
const common = { DIRECT_URL: url("all"), PGHOST: "pg" };
const environment = { CODE_INTEL_DIRECT_URL: url("own"), ...common };

describe("resolveDirect", () => {
  test("is nothing where none is given, whatever leads to the server itself", async () => {
    const environment = { DATABASE_URL: url("h"), CODE_INTEL_DATABASE_URL: url("h"), PGHOST: "h" };
    assert.equal(await host({ environment }), undefined);
  });

  test("takes the option, then the database's variable, then that of all", async () => {
    const named = [url("plain"), `code-intel=${url("named")}`];
    assert.deepEqual(await host({ urls: named, environment }), ["named", "--direct-url"]);
    assert.deepEqual(await host({ urls: [url("p")], environment }), ["p", "--direct-url"]);
    assert.deepEqual(await host({ environment }), ["own", "CODE_INTEL_DIRECT_URL"]);
    assert.deepEqual(await host({ environment: common }), ["all", "DIRECT_URL"]);
  });

  test("takes what migrator.yaml says after all of these", async () => {
    const configured = (key: string) =>
      key === "directUrl" ? { origin: "directUrl in migrator.yaml", text: url("y") } : undefined;
    const origin = async (environment: Readonly<Record<string, string>>) =>
      (await resolve({ environment }, { configured }))?.origin;
    assert.equal(await origin({ DIRECT_URL: url("all") }), "DIRECT_URL");
    assert.equal(await origin({ DATABASE_URL: url("h") }), "directUrl in migrator.yaml");
  });

  test("lets variables fill what it leaves out", async () => {
    const found = await resolve({ environment: { ...common, PGPASSWORD: "secret" } });
    const { passwords } = found?.settings as ServerSettings;
    assert.deepEqual(passwords.map((one) => one?.reveal()), ["secret"]);
  });

  test("cannot be an embedded database", async () => {
    const isCode = ({ code }: Failure) => code === "settings/embedded-direct-url";
    await assert.rejects(host({ urls: ["pglite:memory"] }), isCode);
  });

  test("names the option that a mistyped database was given with", async () => {
    await assert.rejects(host({ urls: ["code-intl=postgres://h/d"] }), /--direct-url names no/);
  });
});
