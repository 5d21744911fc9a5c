/**
 * TLS for throw-away servers.
 *
 * @module
 */

import * as fs from "node:fs/promises";
import * as path from "node:path";
import type { Cluster } from "./cluster.ts";
import { serverUser } from "./server_binaries.ts";

/**
 * Offers TLS from now on.
 *
 * @param options.root What issues the certificates of clients; a path without `.crt`.
 * @param options.certificate The server's; a path without `.crt` and `.key`.
 */
export async function turnTlsOn(
  cluster: Cluster,
  { root, certificate }: { readonly root: string; readonly certificate: string },
): Promise<void> {
  await copy(`${root}.crt`, cluster, "root.crt");
  await copyPair(cluster, certificate);
  await cluster.sql("postgres", "ALTER SYSTEM SET ssl_ca_file = 'root.crt'");
  await cluster.sql("postgres", "ALTER SYSTEM SET ssl = on");
  await reload(cluster);
}

/** Presents another certificate from now on; a path without `.crt` and `.key`. */
export async function presentCertificate(cluster: Cluster, certificate: string): Promise<void> {
  await copyPair(cluster, certificate);
  await reload(cluster);
}

async function copyPair(cluster: Cluster, certificate: string): Promise<void> {
  await copy(`${certificate}.crt`, cluster, "server.crt");
  await copy(`${certificate}.key`, cluster, "server.key");
}

async function copy(from: string, cluster: Cluster, name: string): Promise<void> {
  const target = path.join(cluster.dataDirectory, name);
  await fs.copyFile(from, target);
  await fs.chmod(target, 0o600);
  const user = serverUser();
  if (user !== undefined) await fs.chown(target, user.uid, user.gid);
}

/** Waits until new sessions come from a postmaster that has read its files again. */
async function reload(cluster: Cluster): Promise<void> {
  const loaded = async () => (await cluster.sql("postgres", "SELECT pg_conf_load_time()::text"))[0];
  const before = JSON.stringify(await loaded());
  await cluster.sql("postgres", "SELECT pg_reload_conf()");
  for (let tries = 0; tries < 200; tries++) {
    if (JSON.stringify(await loaded()) !== before) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`the server did not reload: ${await cluster.log()}`);
}
