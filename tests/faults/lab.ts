/**
 * Where faults are tried: a server, and an undisturbed run to compare with.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Cluster, type Major, startCluster } from "../support/cluster.ts";
import { runMigrator, type Running, startMigrator } from "../support/command.ts";
import { FORGETFUL } from "../support/forgetful.ts";
import { writeMigrations } from "../support/harness.ts";
import { unmountBelow } from "../support/small_disk.ts";
import { contents, mustHaveHistory, PATIENCE, shown, type Subject } from "./oracle.ts";
import { productFor } from "./product.ts";
import { Proxy, type Seen } from "./proxy.ts";

/** Several labs have servers of their own, and work in parallel. */
export class Lab {
  private constructor(
    readonly server: Cluster,
    readonly directory: string,
    /** Catalog and rows after an undisturbed run. */
    readonly expected: string,
    /** What that run sent. */
    readonly seen: readonly Seen[],
    /** How many bytes went each way. */
    readonly bytes: { readonly toServer: number; readonly toClient: number },
  ) {}

  /**
   * Starts a server and makes an undisturbed run.
   *
   * @param settings Of the server. An immediate stop does not depend on `fsync`, which is off.
   */
  static async open(
    major: Major,
    settings: Readonly<Record<string, string>> = {},
  ): Promise<Lab> {
    const server = await startCluster({ major, settings: { ...FORGETFUL, ...settings } });
    const directory = writeMigrations(productFor(major));
    const database = await server.createDatabase();
    const proxy = await Proxy.start(server);
    const ran = await runMigrator(upOf(directory, throughPort(proxy.port, database)));
    await proxy.close();
    assert.equal(ran.status, 0, shown(ran));
    await mustHaveHistory({ server, database });
    return new Lab(
      server,
      directory,
      await contents(server, database),
      proxy.seen,
      { ...proxy.bytes },
    );
  }

  async close(): Promise<void> {
    unmountBelow(this.server.socketDirectory);
    await this.server.dispose();
  }

  /** Makes an empty database for one point, and drops it afterwards. */
  async withSubject<T>(action: (subject: Subject) => Promise<T>): Promise<T> {
    const { server, directory, expected } = this;
    const database = await server.createDatabase();
    try {
      return await action({ server, directory, expected, database });
    } finally {
      // Best effort: it only makes room.
      await server.sql("postgres", `DROP DATABASE ${database} WITH (FORCE)`).catch(() => {});
    }
  }
}

/** Starts `up --json`. @param port Of a proxy; default: the server's own. */
export function startUp(
  { directory, server, database, url = server.url(database) }: Subject,
  { port, timeout = PATIENCE }: { readonly port?: number; readonly timeout?: number } = {},
): Running {
  const to = port === undefined ? url : throughPort(port, database);
  return startMigrator(upOf(directory, to), { timeout });
}

function upOf(directory: string, url: string): readonly string[] {
  return ["up", "--json", "--migrations", directory, "--database-url", url];
}

function throughPort(port: number, database: string): string {
  return `postgres://postgres@127.0.0.1:${port}/${database}?sslmode=disable`;
}
