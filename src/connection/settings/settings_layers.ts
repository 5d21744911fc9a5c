// Pure.
/**
 * The sources of connection settings, and their order of precedence.
 *
 * @module
 */

import { Failure } from "../../failure.ts";
import { suggest } from "../../suggest.ts";
import { type ConnectionString, parseConnectionString } from "./connection_string.ts";
import {
  environmentParameters,
  namesServer,
  type ParameterName,
  type Parameters,
  variableOf,
} from "./parameters.ts";

/** The parameters of one source. */
export interface Layer {
  /** `--database-url`, `FRONTEND_DATABASE_URL`; for variables the prefix, `FRONTEND_PG*` or `PG*`. */
  readonly origin: string;
  readonly kind: "string" | "environment" | "service";
  readonly parameters: Parameters;
  /** Returns the name of a parameter in that source, for messages. */
  readonly nameOf: (name: ParameterName) => string;
}

/** The input that is known before any file is read. */
export interface LayersInput {
  /** The database to connect to: `frontend`. */
  readonly database: string;
  /** All databases of the product. */
  readonly databases: readonly string[];
  /** The values of `--database-url`, or of `--direct-url`, in order. */
  readonly urls: readonly string[];
  /** The name of these values in messages, if they are not options. */
  readonly urlsOrigin?: string | undefined;
  /** The environment variables. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /**
   * Reads the value of `migrator.yaml` for this database. Called only if no earlier source counts, because
   * the variables in it need not be set otherwise.
   *
   * @throws {Failure} `settings/*`.
   */
  readonly configured?: (key: "url" | "directUrl") => ConnectionStringSource | undefined;
}

/** A connection string and where it was found, for messages. */
export interface ConnectionStringSource {
  /** Where it was found: `--database-url`, `DATABASE_URL`. */
  readonly origin: string;
  /** The connection string. */
  readonly text: string;
}

/** An embedded database, or layers: the first layer that has a parameter counts. */
export type Layers =
  | {
    readonly kind: "embedded";
    readonly directory: string | undefined;
    readonly origin: string;
  }
  | { readonly kind: "server"; readonly layers: readonly Layer[] };

/**
 * Settings for one database take precedence over settings for all databases; among equals, the source
 * nearer to the command line takes precedence:
 *
 * 1. `--database-url NAME=…`, then `--database-url …`
 * 2. `<NAME>_DATABASE_URL`
 * 3. `<NAME>_PGHOST` and its like
 * 4. `DATABASE_URL`
 * 5. `PGHOST` and its like
 * 6. `migrator.yaml`
 *
 * Only the first connection string is used. Variables of higher and of lower precedence supply the
 * parameters that it leaves out. If variables of higher precedence already name a host or a service, it is
 * not used at all, so that its password is never sent to another server.
 *
 * @throws {Failure} `settings/no-database`, `settings/unknown-database`, `settings/several-urls`, and
 * what `parseConnectionString` throws.
 */
export function settingsLayers(question: LayersInput): Layers {
  const { database, environment, configured } = question;
  const prefix = prefixOf(database);
  const own = environmentLayer(environment, prefix);
  const common = environmentLayer(environment, "");
  const candidates: readonly (
    | Layer
    | ConnectionStringSource
    | (() => ConnectionStringSource | undefined)
    | undefined
  )[] = [
    commandLine(question, question.urlsOrigin ?? "--database-url"),
    source(`${prefix}DATABASE_URL`, environment[`${prefix}DATABASE_URL`]),
    own,
    source("DATABASE_URL", environment["DATABASE_URL"]),
    own.parameters.host === undefined ? common : withoutAddress(common),
    () => configured?.("url"),
  ];

  const layers: Layer[] = [];
  for (const given of candidates) {
    if (given !== undefined && "parameters" in given) {
      layers.push(given);
      continue;
    }
    if (layers.some(isPlaced)) continue;
    const candidate = typeof given === "function" ? given() : given;
    if (!candidate?.text) continue;
    const parsed = parseConnectionString(candidate.text, candidate.origin);
    if (parsed.kind === "server") layers.push(stringLayer(parsed, candidate.origin));
    else if (!layers.some(({ parameters }) => namesServer(parameters))) {
      return { kind: "embedded", directory: parsed.directory, origin: candidate.origin };
    }
  }
  if (layers.some(({ kind, parameters }) => kind === "string" || namesServer(parameters))) {
    return { kind: "server", layers };
  }
  throw new Failure("settings/no-database", `Nothing says where the database ${database} is.`, {
    hint: `Give --database-url postgres://user@host:5432/${database} (or ${prefix}DATABASE_URL, ` +
      "DATABASE_URL, PGHOST …, or url in migrator.yaml); to try things out: --database-url pglite:./data",
  });
}

/** The prefix of the variables of one database. */
function prefixOf(database: string): string {
  return `${database.toUpperCase().replaceAll("-", "_")}_`;
}

function source(origin: string, text: string | undefined): ConnectionStringSource | undefined {
  return text ? { origin, text } : undefined;
}

/** A layer after which no other connection string counts. */
function isPlaced({ kind, parameters: { host, hostaddr, service } }: Layer): boolean {
  return kind === "string" || (host ?? hostaddr ?? service) !== undefined;
}

/**
 * The same for the direct connection that bypasses a pooler: `--direct-url NAME=…`, `--direct-url …`,
 * `<NAME>_DIRECT_URL`, `DIRECT_URL`, `migrator.yaml`. Variables supply what it leaves out. Without any of
 * these there is no direct connection.
 *
 * @throws {Failure} `settings/embedded-direct-url`, and as `settingsLayers`.
 */
export function directLayers(question: LayersInput): readonly Layer[] | undefined {
  const { database, environment, configured } = question;
  const prefix = prefixOf(database);
  const found = commandLine(question, question.urlsOrigin ?? "--direct-url") ??
    source(`${prefix}DIRECT_URL`, environment[`${prefix}DIRECT_URL`]) ??
    source("DIRECT_URL", environment["DIRECT_URL"]) ??
    configured?.("directUrl");
  if (!found?.text) return undefined;
  const parsed = parseConnectionString(found.text, found.origin);
  if (parsed.kind === "embedded") {
    throw new Failure(
      "settings/embedded-direct-url",
      `${found.origin} names an embedded database, which has no pooler before it.`,
      { hint: "Leave it out, or give the URL of the server behind the pooler." },
    );
  }
  return [
    stringLayer(parsed, found.origin),
    environmentLayer(environment, prefix),
    environmentLayer(environment, ""),
  ];
}

function commandLine(
  { database, databases, urls }: LayersInput,
  option: string,
): ConnectionStringSource | undefined {
  const named: string[] = [];
  const plain: string[] = [];
  for (const url of urls) {
    const equals = url.indexOf("=");
    const name = url.slice(0, Math.max(equals, 0));
    if (!databases.includes(name)) {
      refuseUnknownName(name, url.slice(equals + 1), { databases, option });
      plain.push(url);
    } else if (name === database) named.push(url.slice(equals + 1));
  }
  const chosen = named.length > 0 ? named : plain;
  if (chosen.length > 1) {
    throw new Failure(
      "settings/several-urls",
      `${option} is given ${chosen.length} times for the database ${database}.`,
      { hint: `Say which is whose: ${option} ${database}=postgres://…` },
    );
  }
  return source(option, chosen[0]);
}

/** `fronted=postgres://…` is not a keyword string but a mistyped name of a database. */
function refuseUnknownName(
  name: string,
  rest: string,
  { databases, option }: { readonly databases: readonly string[]; readonly option: string },
): void {
  if (!/^[\w-]+$/.test(name) || !/^(?:postgres(?:ql)?:\/\/|pglite:)/.test(rest)) return;
  const near = suggest(name, databases);
  throw new Failure("settings/unknown-database", `${option} names no database ${name}.`, {
    hint: near === undefined ? `There are: ${databases.join(", ")}.` : `Did you mean ${near}?`,
  });
}

function stringLayer(
  { parameters }: Extract<ConnectionString, { kind: "server" }>,
  origin: string,
): Layer {
  return { origin, kind: "string", parameters, nameOf: (name) => `${name} in ${origin}` };
}

function environmentLayer(environment: LayersInput["environment"], prefix: string): Layer {
  return {
    origin: `${prefix}PG*`,
    kind: "environment",
    parameters: environmentParameters(environment, prefix),
    nameOf: (name) => `${prefix}${variableOf(name) ?? name}`,
  };
}

/** An address for all databases must not redirect a host that was named for one of them. */
function withoutAddress(layer: Layer): Layer {
  const { hostaddr: _, ...parameters } = layer.parameters;
  return { ...layer, parameters };
}
