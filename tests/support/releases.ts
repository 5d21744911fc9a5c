/**
 * Releases of a product for tests: directories of migrations, each of which stands for one executable.
 *
 * @module
 */

import { runMigrator } from "./command.ts";
import type { Server } from "./cluster.ts";
import { describeCatalog } from "./catalog.ts";
import { writeMigrations, type Written } from "./harness.ts";

/** One PostgreSQL database, which the executables of several releases migrate. */
export interface Installation {
  readonly postgres: string;
  readonly url: string;
  sql(text: string): ReturnType<Server["sql"]>;
  /** The schema as text, without migrator's own. */
  schema(): Promise<string>;
  /** Runs a command of a release, and throws unless it exits with the status. */
  command(
    release: string,
    line: string,
    options?: { readonly exit?: number },
  ): Promise<string>;
}

/** An empty database. */
export async function newInstallation(server: Server, url?: string): Promise<Installation> {
  const postgres = await server.createDatabase();
  const address = url ?? server.url(postgres);
  const sql = (text: string) => server.sql(postgres, text);
  return {
    postgres,
    url: address,
    sql,
    schema: () => describeCatalog(sql),
    async command(release, line, { exit = 0 } = {}) {
      const args = [...line.split(" "), "--migrations", release, "--database-url", address];
      const { status, stdout, stderr } = await runMigrator(args);
      if (status === exit) return stdout + stderr;
      throw new Error(`${line} ended with ${status}, not ${exit}:\n${stdout}${stderr}`);
    },
  };
}

/** A directory with the migrations of one release of the database `app`. */
export function release(migrations: readonly Written[]): string {
  return writeMigrations({ app: migrations });
}

/** `CREATE TABLE t<version>` and back. */
export function table(version: number, more: Partial<Written> = {}): Written {
  return {
    version,
    up: `CREATE TABLE t${version} (id bigint PRIMARY KEY)`,
    down: `DROP TABLE t${version}`,
    ...more,
  };
}
