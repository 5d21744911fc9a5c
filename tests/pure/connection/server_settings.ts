import type { ServerSettings } from "../../../src/connection/settings/settings.ts";

/** Settings of one host, db:5432, without a password; parts of them replaced. */
export function server(parts: Partial<ServerSettings> = {}): ServerSettings {
  return {
    kind: "server",
    hosts: [{ host: "db", port: 5432 }],
    database: "shop",
    user: "app",
    passwords: [undefined],
    sslMode: "prefer",
    sslNegotiation: "postgres",
    sslSni: true,
    targetSession: "any",
    connectTimeout: 0,
    startup: {},
    keepalives: true,
    ...parts,
  };
}
