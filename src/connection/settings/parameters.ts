// Pure.
/**
 * libpq's connection parameters: their names, their environment variables, and which are supported.
 *
 * @module
 */

import { Failure } from "../../failure.ts";
import { suggest } from "../../suggest.ts";

/** The parameters of one source, by name. */
export type Parameters = Readonly<Partial<Record<ParameterName, string>>>;

/** Every parameter that libpq knows, with its variable without the leading `PG`, or null. */
export const PARAMETERS = {
  host: "HOST",
  hostaddr: "HOSTADDR",
  port: "PORT",
  dbname: "DATABASE",
  user: "USER",
  password: "PASSWORD",
  passfile: "PASSFILE",
  service: "SERVICE",
  servicefile: "SERVICEFILE",
  options: "OPTIONS",
  application_name: "APPNAME",
  fallback_application_name: null,
  client_encoding: "CLIENTENCODING",
  connect_timeout: "CONNECT_TIMEOUT",
  target_session_attrs: "TARGETSESSIONATTRS",
  load_balance_hosts: "LOADBALANCEHOSTS",
  sslmode: "SSLMODE",
  sslnegotiation: "SSLNEGOTIATION",
  sslrootcert: "SSLROOTCERT",
  sslcert: "SSLCERT",
  sslkey: "SSLKEY",
  sslpassword: null,
  sslcertmode: "SSLCERTMODE",
  sslsni: "SSLSNI",
  sslcrl: "SSLCRL",
  sslcrldir: "SSLCRLDIR",
  sslcompression: "SSLCOMPRESSION",
  sslkeylogfile: null,
  ssl_min_protocol_version: "SSLMINPROTOCOLVERSION",
  ssl_max_protocol_version: "SSLMAXPROTOCOLVERSION",
  min_protocol_version: "MINPROTOCOLVERSION",
  max_protocol_version: "MAXPROTOCOLVERSION",
  keepalives: null,
  keepalives_idle: null,
  keepalives_interval: null,
  keepalives_count: null,
  tcp_user_timeout: null,
  channel_binding: "CHANNELBINDING",
  gssencmode: "GSSENCMODE",
  gssdelegation: "GSSDELEGATION",
  gsslib: "GSSLIB",
  krbsrvname: "KRBSRVNAME",
  require_auth: "REQUIREAUTH",
  requirepeer: "REQUIREPEER",
  replication: null,
  scram_client_key: null,
  scram_server_key: null,
  oauth_issuer: null,
  oauth_client_id: null,
  oauth_client_secret: null,
  oauth_scope: null,
} as const;

/** A parameter of libpq's. */
export type ParameterName = keyof typeof PARAMETERS;

/** Variables that libpq refuses if they are empty. All others count as not set then. */
const NEVER_EMPTY: readonly ParameterName[] = [
  "service",
  "connect_timeout",
  "target_session_attrs",
  "load_balance_hosts",
  "sslmode",
  "sslnegotiation",
  "sslcertmode",
  "channel_binding",
  "gssencmode",
  "min_protocol_version",
  "max_protocol_version",
];

/** Parameters that name a server; the others only set how to talk to it. */
const NAMING: readonly ParameterName[] = ["host", "hostaddr", "port", "dbname", "user", "service"];

/** Parameters of other drivers, and what to write instead. */
const FOREIGN: Readonly<Record<string, string>> = {
  ssl: "Write sslmode=require, or sslmode=verify-full.",
  currentschema: "Write options=-csearch_path%3Dname (in a URL).",
  search_path: "Write options=-csearch_path%3Dname (in a URL).",
  schema: "Write options=-csearch_path%3Dname (in a URL).",
  timezone: "Set PGTZ, or write options=-cTimeZone%3Dname (in a URL).",
  database: "Write dbname=name.",
  username: "Write user=name.",
  encoding: "Leave it out: text is always UTF-8.",
  sslca: "Write sslrootcert=file.",
  applicationname: "Write application_name=name.",
  connecttimeout: "Write connect_timeout=seconds.",
  sockettimeout: "Leave it out: it belongs to another driver.",
  pgbouncer: "Leave it out: it belongs to another driver.",
  connection_limit: "Leave it out: it belongs to another driver.",
  pool_timeout: "Leave it out: it belongs to another driver.",
  statement_cache_size: "Leave it out: it belongs to another driver.",
  preparethreshold: "Leave it out: it belongs to another driver.",
};

/**
 * Checks the name of a parameter.
 *
 * @param origin Where it was written, for the message.
 * @throws {Failure} `settings/unknown-parameter`.
 */
export function parameterName(name: string, origin: string): ParameterName {
  if (Object.hasOwn(PARAMETERS, name)) return name as ParameterName;
  // A name that is not a word may be part of a password.
  const isWord = /^[A-Za-z][A-Za-z_]{0,39}$/.test(name);
  const near = isWord ? suggest(name, Object.keys(PARAMETERS)) : undefined;
  const foreign = FOREIGN[name.toLowerCase()];
  throw new Failure(
    "settings/unknown-parameter",
    isWord
      ? `${origin} has the parameter ${name}, which PostgreSQL's client library does not know.`
      : `${origin} has a parameter that is not a name of PostgreSQL's client library.`,
    {
      hint: foreign ??
        (near === undefined
          ? "Leave it out; settings of the server go into options, as in options=-cname=value."
          : `Did you mean ${near}?`),
      ...(isWord ? { facts: { parameter: name } } : {}),
    },
  );
}

/** A parameter's name and value; the obsolete `requiressl` becomes the equivalent `sslmode`. */
export function namedParameter(
  { name, value }: { readonly name: string; readonly value: string },
  origin: string,
): Parameters {
  if (name === "requiressl") return { sslmode: value.startsWith("1") ? "require" : "prefer" };
  return { [parameterName(name, origin)]: value };
}

/**
 * The variables of one environment. Empty ones count as not set, except for libpq's own where it
 * refuses that.
 */
export function environmentParameters(
  environment: Readonly<Record<string, string | undefined>>,
  prefix: string,
): Parameters {
  const found: Partial<Record<ParameterName, string>> = {};
  for (const [name, variable] of Object.entries(PARAMETERS)) {
    const value = variable === null ? undefined : environment[`${prefix}PG${variable}`];
    const isRefused = value === "" && prefix === "" && NEVER_EMPTY.includes(name as ParameterName);
    if (value || isRefused) found[name as ParameterName] = value;
  }
  if (environment[`${prefix}PGREQUIRESSL`]?.startsWith("1")) found.sslmode ??= "require";
  return found;
}

/** Whether the parameters name a server. */
export function namesServer(parameters: Parameters): boolean {
  return NAMING.some((name) => parameters[name] !== undefined);
}

/** The variable of a parameter, such as `PGHOST`; undefined if it has none. */
export function variableOf(name: ParameterName): string | undefined {
  const variable = PARAMETERS[name];
  return variable === null ? undefined : `PG${variable}`;
}
