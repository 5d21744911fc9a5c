// Pure.
/**
 * Turns connection parameters, which are text, into settings.
 *
 * @module
 */

import { Failure } from "../../failure.ts";
import { hostsOf } from "./hosts.ts";
import type { ParameterName, Parameters } from "./parameters.ts";
import { refuseUnsupported } from "./unsupported_parameters.ts";
import { Secret } from "./secret.ts";
import type { ServerSettings, SslMode, TlsVersion } from "./settings.ts";

const SSL_MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;
const TARGETS = [
  "any",
  "read-write",
  "read-only",
  "primary",
  "standby",
  "prefer-standby",
] as const;
const TLS_VERSIONS = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"] as const;
const OLDEST_BY_DEFAULT: TlsVersion = "TLSv1.2";
const ENCRYPTION = ["disable", "prefer", "require"] as const;
const PROTOCOLS = ["3.0", "3.2", "latest"] as const;

/** Parameters with a few values. Those that `refuseUnsupported` accepts change nothing. */
const CHECKED = {
  channel_binding: ENCRYPTION,
  gssencmode: ENCRYPTION,
  sslcertmode: ["disable", "allow", "require"],
  min_protocol_version: PROTOCOLS,
  max_protocol_version: PROTOCOLS,
} as const;
/** Whole numbers that are checked and not used. */
const COUNTED = ["keepalives_interval", "keepalives_count", "tcp_user_timeout"] as const;

/** What reading the parameters needs. */
export interface ParameterDefaults {
  /** Returns the name of a parameter where it was written: `PGSSLMODE`, `sslmode in DATABASE_URL`. */
  readonly nameOf: (name: ParameterName) => string;
  /** Used if no host is given. */
  readonly defaultHost: (port: number) => string;
  /** The operating system's user name. */
  readonly userName: string | undefined;
  /** Sent to the server beside `options`: DateStyle, TimeZone, geqo. */
  readonly serverSettings: Readonly<Record<string, string>>;
}

/**
 * Reads all parameters, with libpq's defaults. It looks for no files: neither for default certificates nor
 * for the password file.
 *
 * @throws {Failure} `settings/invalid-value`, `settings/unsupported`, `settings/no-user`.
 */
export function serverSettings(
  parameters: Parameters,
  { nameOf, defaultHost, userName, serverSettings }: ParameterDefaults,
): ServerSettings {
  const read = new Reader(parameters, nameOf);
  for (const name of Object.keys(CHECKED) as (keyof typeof CHECKED)[]) {
    read.choice<string>(name, CHECKED[name]);
  }
  for (const name of COUNTED) read.integer(name);
  refuseUnsupported(parameters, nameOf);
  const hosts = hostsOf(parameters, { nameOf, defaultHost });
  const user = parameters.user || userName;
  if (!user) {
    throw new Failure(
      "settings/no-user",
      "No role to log in as: neither settings nor system name one.",
      {
        hint: "Name it in the URL, postgres://ROLE@host/database, or with PGUSER.",
      },
    );
  }
  const sslMode = sslModeOf(parameters, read, nameOf);
  const names = (parameters.host ?? "").split(",");
  if (sslMode === "verify-full" && hosts.some((host, index) => host.address && !names[index])) {
    throw new Failure(
      "settings/invalid-value",
      `${nameOf("hostaddr")} says where the server is, but nothing says its name, which ` +
        "sslmode=verify-full looks for in the certificate.",
      { hint: "Give the name with host as well, or use sslmode=verify-ca." },
    );
  }
  const sslNegotiation = read.choice("sslnegotiation", ["postgres", "direct"]) ?? "postgres";
  if (sslNegotiation === "direct" && ["disable", "allow", "prefer"].includes(sslMode)) {
    throw new Failure(
      "settings/invalid-value",
      `${nameOf("sslnegotiation")} is direct, but sslmode is ${sslMode}.`,
      { hint: "Use sslmode=require, verify-ca or verify-full." },
    );
  }
  const application = parameters.application_name || parameters.fallback_application_name;
  const minVersion = tlsVersion(parameters, read, "ssl_min_protocol_version");
  const maxVersion = tlsVersion(parameters, read, "ssl_max_protocol_version");
  if (maxVersion !== undefined && (minVersion ?? OLDEST_BY_DEFAULT) > maxVersion) {
    throw new Failure(
      "settings/invalid-value",
      `${nameOf("ssl_min_protocol_version")} is above ${nameOf("ssl_max_protocol_version")}.`,
      { hint: "Leave both out: the newest version that both sides know is used, from TLSv1.2 on." },
    );
  }
  const idle = read.integer("keepalives_idle") ?? 0;
  const password = secretOf(parameters.password);
  return {
    kind: "server",
    hosts,
    database: parameters.dbname || user,
    user,
    passwords: hosts.map(() => password),
    sslMode,
    sslNegotiation,
    ...given("sslRootCert", parameters.sslrootcert),
    ...given("sslCert", parameters.sslcert),
    ...given("sslKey", parameters.sslkey),
    ...given("sslPassword", secretOf(parameters.sslpassword)),
    sslSni: (read.choice("sslsni", ["0", "1", ""]) ?? "1") === "1",
    ...given("sslMinVersion", minVersion),
    ...given("sslMaxVersion", maxVersion),
    targetSession: read.choice("target_session_attrs", TARGETS) ?? "any",
    loadBalanceHosts: read.choice("load_balance_hosts", ["disable", "random"]) === "random",
    connectTimeout: Math.max(0, read.integer("connect_timeout") ?? 0),
    startup: {
      ...serverSettings,
      ...given("options", parameters.options),
      ...given("application_name", application),
    },
    keepalives: parameters.keepalives !== "" && read.integer("keepalives") !== 0,
    ...(idle > 0 ? { keepalivesIdle: idle } : {}),
  };
}

/** Reads parameters whose values are not free text. Messages never quote a value. */
class Reader {
  constructor(
    private readonly parameters: Parameters,
    private readonly nameOf: (name: ParameterName) => string,
  ) {}

  choice<T extends string>(name: ParameterName, choices: readonly T[]): T | undefined {
    const value = this.parameters[name];
    if (value === undefined) return undefined;
    const chosen = choices.find((choice) => choice === value);
    if (chosen !== undefined) return chosen;
    const found = value === "" ? "is empty" : "has a value that is unknown";
    throw new Failure("settings/invalid-value", `${this.nameOf(name)} ${found}.`, {
      hint: `Leave it out, or use one of: ${choices.filter(Boolean).join(", ")}.`,
    });
  }

  integer(name: ParameterName): number | undefined {
    const value = this.parameters[name]?.trim();
    if (value === undefined) return undefined;
    if (/^[+-]?\d{1,9}$/.test(value)) return Number(value);
    throw new Failure("settings/invalid-value", `${this.nameOf(name)} is not a whole number.`, {
      hint: "Write digits only, without a unit.",
    });
  }
}

function sslModeOf(
  parameters: Parameters,
  read: Reader,
  nameOf: (name: ParameterName) => string,
): SslMode {
  const chosen = read.choice("sslmode", SSL_MODES);
  if (parameters.sslrootcert !== "system") return chosen ?? "prefer";
  if (chosen === undefined || chosen === "verify-full") return "verify-full";
  throw new Failure(
    "settings/invalid-value",
    `${nameOf("sslrootcert")} is system, but sslmode is ${chosen}.`,
    { hint: "With the system's roots only sslmode=verify-full is safe: use it, or leave it out." },
  );
}

function tlsVersion(
  parameters: Parameters,
  read: Reader,
  name: "ssl_min_protocol_version" | "ssl_max_protocol_version",
): TlsVersion | undefined {
  const value = parameters[name]?.toLowerCase();
  const chosen = TLS_VERSIONS.find((version) => version.toLowerCase() === value) ??
    read.choice(name, [...TLS_VERSIONS, ""]);
  return chosen === "" ? undefined : chosen;
}

function secretOf(value: string | undefined): Secret | undefined {
  return value ? new Secret(value) : undefined;
}

/** `{ [key]: value }`, or `{}` if the value is missing or empty. */
function given<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  return value === undefined || value === "" ? {} : { [key]: value } as { readonly [P in K]: T };
}
