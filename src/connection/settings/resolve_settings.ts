/**
 * Resolves the settings of a database from all sources.
 *
 * @module
 */

import process from "node:process";
import { Failure } from "../../failure.ts";
import { findPassword } from "./password_file.ts";
import type { ParameterName, Parameters } from "./parameters.ts";
import { serverSettings } from "./server_settings.ts";
import { parseServiceFile } from "./service_file.ts";
import { Secret } from "./secret.ts";
import type { ServerSettings, SettingsOrigin } from "./settings.ts";
import { directLayers, type Layer, type LayersInput, settingsLayers } from "./settings_layers.ts";

/** The sources of the settings. */
export interface SettingsInput extends LayersInput {
  /** Reads a file; undefined if it does not exist. */
  readFile(path: string): Promise<string | undefined>;
  /** Reads the mode of a file or socket; undefined if it does not exist. */
  permissions(path: string): Promise<number | undefined>;
  /** Where `.pgpass`, `.pg_service.conf` and `.postgresql` are looked for. */
  readonly homeDirectory: string | undefined;
  /** The operating system's user name: the default role. */
  readonly userName: string | undefined;
}

/** Debian's directory and PostgreSQL's own. */
const SOCKET_DIRECTORIES = ["/var/run/postgresql", "/tmp"] as const;
/** Windows has no such directories. */
const DEFAULT_HOST = process.platform === "win32" ? "localhost" : SOCKET_DIRECTORIES[0];
/** The directory of system-wide service files on Debian; `PGSYSCONFDIR` names another. */
const SYSTEM_SERVICES = "/etc/postgresql-common";
/** The bits of a mode for the type of the file, and the types that may hold passwords. */
const FILE_KINDS = 0o170000;
const PLAIN_FILE = 0o100000;
const SERVER_SETTINGS = { PGDATESTYLE: "DateStyle", PGTZ: "TimeZone", PGGEQO: "geqo" } as const;

/**
 * Merges the sources in the order of `settingsLayers`, then the service that one of them names (its
 * parameters come directly after a connection string that names it, and before variables), then libpq's
 * defaults, then the password file.
 *
 * @throws {Failure} `settings/*`.
 */
export async function resolveSettings(question: SettingsInput): Promise<SettingsOrigin> {
  const found = settingsLayers(question);
  if (found.kind === "embedded") {
    const { directory, origin } = found;
    return { settings: { kind: "embedded", directory }, origin, warnings: [] };
  }
  return await fromLayers(question, found.layers);
}

/**
 * The same for the direct connection that bypasses a pooler (`directLayers`), if one is given.
 *
 * @throws {Failure} `settings/*`.
 */
export async function resolveDirect(
  question: SettingsInput,
): Promise<SettingsOrigin | undefined> {
  const layers = directLayers(question);
  return layers && await fromLayers(question, layers);
}

async function fromLayers(
  question: SettingsInput,
  given: readonly Layer[],
): Promise<SettingsOrigin> {
  const layers = await withService(question, given);
  const parameters = merge(layers);
  const nameOf = (name: ParameterName) =>
    layers.find((layer) => layer.parameters[name] !== undefined)?.nameOf(name) ?? name;
  const sockets = await listeningDirectories(question, parameters);
  const bare = serverSettings(parameters, {
    nameOf,
    defaultHost: (port) => sockets.get(port) ?? DEFAULT_HOST,
    userName: question.userName,
    serverSettings: serverSettingsOf(question),
  });
  const warnings: string[] = warnIgnored(parameters, nameOf);
  const secured = await withTlsFiles(question, { settings: bare, parameters, nameOf, warnings });
  const settings = await withPasswords(question, { settings: secured, parameters, warnings });
  return { settings, origin: originOf(layers), warnings };
}

async function withService(
  question: SettingsInput,
  layers: readonly Layer[],
): Promise<readonly Layer[]> {
  const index = layers.findIndex(({ parameters }) => parameters.service !== undefined);
  const naming = layers[index];
  const service = naming?.parameters.service;
  if (naming === undefined || service === undefined) return layers;
  const parameters = await readService(question, { service, file: merge(layers).servicefile });
  const origin = `service ${service}`;
  const layer: Layer = {
    origin,
    kind: "service",
    parameters,
    nameOf: (name) => `${name} in ${origin}`,
  };
  return layers.toSpliced(naming.kind === "string" ? index + 1 : index, 0, layer);
}

async function readService(
  { readFile, environment, homeDirectory }: SettingsInput,
  { service, file }: { readonly service: string; readonly file: string | undefined },
): Promise<Parameters> {
  const system = `${environment["PGSYSCONFDIR"] || SYSTEM_SERVICES}/pg_service.conf`;
  const own = file ?? (homeDirectory && `${homeDirectory}/.pg_service.conf`);
  const paths = own ? [own, system] : [system];
  for (const path of paths) {
    const text = await readFile(path);
    if (text === undefined && path === file) {
      throw new Failure("settings/service-file", `The service file ${path} does not exist.`, {
        hint: "Check PGSERVICEFILE.",
      });
    }
    const parameters = text === undefined ? undefined : parseServiceFile(text, { service, path });
    if (parameters !== undefined) return parameters;
  }
  throw new Failure(
    "settings/unknown-service",
    `The service ${service} is in none of: ${paths.join(", ")}.`,
    { hint: "Add its section there, or name another file with PGSERVICEFILE." },
  );
}

function merge(layers: readonly Layer[]): Parameters {
  return Object.assign({}, ...layers.toReversed().map(({ parameters }) => parameters));
}

/** The directory with the server's socket, for each requested port. */
async function listeningDirectories(
  { permissions }: SettingsInput,
  { port = "" }: Parameters,
): Promise<ReadonlyMap<number, string>> {
  const found = new Map<number, string>();
  for (const one of new Set(port.split(",").map((text) => Number(text) || 5432))) {
    for (const directory of SOCKET_DIRECTORIES) {
      if (found.has(one)) break;
      const socket = await permissions(`${directory}/.s.PGSQL.${one}`);
      if (socket !== undefined) found.set(one, directory);
    }
  }
  return found;
}

function serverSettingsOf({ environment }: SettingsInput): Readonly<Record<string, string>> {
  const settings: Record<string, string> = {};
  for (const [variable, setting] of Object.entries(SERVER_SETTINGS)) {
    const value = environment[variable];
    if (value === "" && setting !== "DateStyle") {
      throw new Failure("settings/invalid-value", `${variable} is empty.`, {
        hint: `Unset it: unset ${variable}`,
      });
    }
    if (value && value.toLowerCase() !== "default") settings[setting] = value;
  }
  return settings;
}

function warnIgnored(parameters: Parameters, nameOf: (name: ParameterName) => string): string[] {
  const warnings: string[] = [];
  for (const name of ["keepalives_interval", "keepalives_count", "tcp_user_timeout"] as const) {
    if (parameters[name]) warnings.push(`${nameOf(name)} is not used: the system's value stays.`);
  }
  if (parameters.application_name) {
    warnings.push(
      `${nameOf("application_name")} is not used: sessions say by their names what they do.`,
    );
  }
  if (
    parameters.client_encoding && !/^(?:utf-?8|unicode|auto)$/i.test(parameters.client_encoding)
  ) {
    warnings.push(`${nameOf("client_encoding")} is not used: text is always UTF-8.`);
  }
  return warnings;
}

interface Draft {
  readonly settings: ServerSettings;
  readonly parameters: Parameters;
  readonly nameOf: (name: ParameterName) => string;
  /** Added to. */
  readonly warnings: string[];
}

/** Adds the existing files of `~/.postgresql` for which no parameter names another file. */
async function withTlsFiles(
  { permissions, homeDirectory }: SettingsInput,
  { settings, parameters, nameOf, warnings }: Draft,
): Promise<ServerSettings> {
  const { sslCert, sslKey, ...rest } = settings;
  if (settings.sslMode === "disable") return rest;
  const byDefault = async (name: string) => {
    if (!homeDirectory) return undefined;
    const path = `${homeDirectory}/.postgresql/${name}`;
    return await permissions(path) === undefined ? undefined : path;
  };
  const root = settings.sslRootCert ?? await byDefault("root.crt");
  const revoked = await byDefault("root.crl");
  if (revoked !== undefined && root !== undefined && root !== "system") {
    throw new Failure(
      "settings/unsupported",
      `${revoked} cannot be honoured: lists of revoked certificates are not supported.`,
      { hint: `If none has to be refused, move it away: mv ${revoked} ${revoked}.unused` },
    );
  }
  const secured = root === undefined ? rest : { ...rest, sslRootCert: root };
  if (parameters.sslcertmode === "disable") return secured;
  if (sslCert !== undefined && await permissions(sslCert) === undefined) {
    warnings.push(`${nameOf("sslcert")} names ${sslCert}, which does not exist: not used.`);
    return secured;
  }
  const cert = sslCert ?? await byDefault("postgresql.crt");
  if (cert === undefined) return secured;
  const key = sslKey ?? await byDefault("postgresql.key");
  return { ...secured, sslCert: cert, ...(key === undefined ? {} : { sslKey: key }) };
}

async function withPasswords(
  { readFile, permissions, homeDirectory }: SettingsInput,
  { settings, parameters, warnings }: Omit<Draft, "nameOf">,
): Promise<ServerSettings> {
  const path = parameters.passfile || (homeDirectory && `${homeDirectory}/.pgpass`);
  if (parameters.password || !path) return settings;
  const bits = await permissions(path);
  if (bits === undefined) return settings;
  if ((bits & FILE_KINDS) !== PLAIN_FILE) {
    warnings.push(`The pass file ${path} is not used: it is not a plain file.`);
    return settings;
  }
  if ((bits & 0o077) !== 0) {
    warnings.push(
      `The pass file ${path} is not used: others can read it. Close it: chmod 600 ${path}`,
    );
    return settings;
  }
  const text = await readFile(path) ?? "";
  const passwords = settings.hosts.map(({ host, port }) => {
    const password = findPassword(text, {
      hosts: SOCKET_DIRECTORIES.some((one) => one === host) ? [host, "localhost"] : [host],
      port,
      database: settings.database,
      user: settings.user,
    });
    return password ? new Secret(password) : undefined;
  });
  return { ...settings, passwords };
}

/** The name of the source that names the server. */
function originOf(layers: readonly Layer[]): string {
  for (const name of ["host", "hostaddr", "service", "dbname", "user", "port"] as const) {
    const layer = layers.find(({ kind, parameters }) =>
      kind === "string" || parameters[name] !== undefined
    );
    if (layer !== undefined) {
      return layer.kind === "environment" ? layer.nameOf(name) : layer.origin;
    }
  }
  return "defaults";
}
