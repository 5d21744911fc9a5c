// Pure.
/**
 * The resolved settings: where a server is and how to reach it.
 *
 * @module
 */

import type { Secret } from "./secret.ts";

/** libpq's `sslmode`. */
export type SslMode = "disable" | "allow" | "prefer" | "require" | "verify-ca" | "verify-full";

/** libpq's `target_session_attrs`. */
export type TargetSession =
  | "any"
  | "read-write"
  | "read-only"
  | "primary"
  | "standby"
  | "prefer-standby";

/** A protocol version, as node:tls names it. */
export type TlsVersion = "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";

/** One place to try. A host that starts with `/` (or `@`) is the directory of a Unix socket. */
export interface Host {
  /** A name, an address, or the directory of a Unix socket. */
  readonly host: string;
  /** Address to connect to when `hostaddr` was given; `host` is then used for TLS only. */
  readonly address?: string;
  /** The TCP port, or the number in the name of the socket. */
  readonly port: number;
}

/** Everything needed to open a session with a server. */
export interface ServerSettings {
  /** Which kind of settings these are. */
  readonly kind: "server";
  /** Tried in order. At least one. */
  readonly hosts: readonly Host[];
  /** The PostgreSQL database. */
  readonly database: string;
  /** The role to connect as. */
  readonly user: string;
  /** One for each host, because the password file may have a different one for each. */
  readonly passwords: readonly (Secret | undefined)[];
  /** libpq's `sslmode`. */
  readonly sslMode: SslMode;
  /** libpq's `sslnegotiation`. */
  readonly sslNegotiation: "postgres" | "direct";
  /** A path, or `system` for the operating system's store. */
  readonly sslRootCert?: string;
  /** Path of the client certificate. */
  readonly sslCert?: string;
  /** Path of its key. */
  readonly sslKey?: string;
  /** Password of that key. */
  readonly sslPassword?: Secret;
  /** False when `sslsni=0`. */
  readonly sslSni: boolean;
  /** Absent: the runtime's limits, TLS 1.2 and the newest version. */
  readonly sslMinVersion?: TlsVersion;
  /** The newest version of TLS that is allowed. */
  readonly sslMaxVersion?: TlsVersion;
  /** libpq's `target_session_attrs`. */
  readonly targetSession: TargetSession;
  /** `load_balance_hosts=random`: each session tries the hosts in a new random order. */
  readonly loadBalanceHosts?: boolean;
  /** Seconds for each host; 0 waits for ever. */
  readonly connectTimeout: number;
  /** Sent in the startup packet: `options`, and whatever PG* variables stand for a setting. */
  readonly startup: Readonly<Record<string, string>>;
  /** Whether TCP keepalive is on. */
  readonly keepalives: boolean;
  /** Seconds; absent: 30. */
  readonly keepalivesIdle?: number;
}

/** Embedded PostgreSQL. */
export interface EmbeddedSettings {
  /** Which kind of settings these are. */
  readonly kind: "embedded";
  /** A data directory, or undefined for one that lives in memory until the process ends. */
  readonly directory: string | undefined;
}

/** How one database of the product is reached. */
export type Settings = ServerSettings | EmbeddedSettings;

/** Where a value came from, for messages: `--database-url`, `FRONTEND_DATABASE_URL`, `PGHOST`. */
export interface SettingsOrigin {
  /** How the database is reached. */
  readonly settings: Settings;
  /** Where the settings came from, for messages. */
  readonly origin: string;
  /** Sources that were found and not used, a sentence each: a password file that others can read. */
  readonly warnings: readonly string[];
}
