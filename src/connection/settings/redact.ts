// Pure.
/**
 * What may be printed of a connection.
 *
 * @module
 */

import { type Secret, type ServerSettings, type Settings } from "./settings.ts";

/**
 * Where a server is, safe to print, in a form that psql understands: `postgres://app@db:5432/shop`,
 * several hosts with commas between, `postgres://app@/shop?host=/var/run/postgresql` for a socket,
 * `pglite:./data` for embedded PostgreSQL.
 */
export function label(settings: Settings): string {
  if (settings.kind === "embedded") return `pglite:${settings.directory ?? "memory"}`;
  const { hosts } = settings;
  const user = encodeURIComponent(settings.user);
  const database = encodeURIComponent(settings.database);
  if (!hosts.some(({ host }) => isSocketDirectory(host))) {
    const places = hosts.map(({ host, port }) =>
      `${host.includes(":") ? `[${host}]` : host}:${port}`
    );
    return `postgres://${user}@${places.join(",")}/${database}`;
  }
  const ports = hosts.map(({ port }) => port);
  const parameters = [`host=${hosts.map(({ host }) => host).join(",")}`];
  if (ports.some((port) => port !== 5432)) parameters.push(`port=${ports.join(",")}`);
  return `postgres://${user}@/${database}?${parameters.join("&")}`;
}

/** True for a host that is the directory of a Unix socket, or an abstract one (`@name`). */
export function isSocketDirectory(host: string): boolean {
  return host.startsWith("/") || host.startsWith("@");
}

/**
 * A text from elsewhere without passwords: the given secrets, as they are and percent-encoded, and
 * whatever stands where connection strings keep theirs.
 */
export function redactText(text: string, secrets: readonly (Secret | undefined)[] = []): string {
  const values = new Set<string>();
  for (const secret of secrets) {
    const value = secret?.reveal() ?? "";
    if (value === "") continue;
    values.add(value);
    values.add(encodeURIComponent(value));
  }
  // The longest first, or a part of one would hide the rest of another.
  const longestFirst = [...values].sort((a, b) => b.length - a.length);
  const known = longestFirst.reduce((left, value) => left.replaceAll(value, "***"), text);
  return known
    .replace(/([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s]*@/gi, "$1:***@")
    .replace(/\b((?:ssl)?password)(\s*=\s*)('(?:[^'\\]|\\.)*'?|[^\s&]+)/gi, "$1$2***");
}

/** Every secret that the settings hold. */
export function secretsOf(settings: ServerSettings): readonly (Secret | undefined)[] {
  return [...settings.passwords, settings.sslPassword];
}
