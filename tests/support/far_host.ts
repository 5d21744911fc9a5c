/**
 * A host that can vanish: a network namespace behind a pair of virtual interfaces, one of which is taken
 * down. Unlike behind a proxy, the kernel's own TCP hears nothing either. Needs root and `ip`.
 *
 * @module
 */

import { spawn, spawnSync } from "node:child_process";
import process from "node:process";
import type { Coordinates } from "./cluster.ts";
import { PASSWORD } from "./cluster.ts";

/** A server that is reached at an address of the namespace. */
export interface FarHost {
  url(database: string): string;
  /** From now on everything that is sent to it is lost. */
  vanish(): void;
  close(): void;
}

/** Passes on, inside the namespace, what comes over its interface to the server's Unix socket. */
const RELAY = `
  import * as net from "node:net";
  import process from "node:process";
  net.createServer((client) => {
    const server = net.connect(process.env.TARGET);
    client.pipe(server).pipe(client);
    client.on("error", () => {});
    server.on("error", () => {});
  }).listen(5432, "0.0.0.0", () => console.log("ready"));
`;

let hosts = 0;

/** Undefined where this process may not make a namespace. */
export async function startFarHost(
  { socketDirectory, port }: Coordinates,
): Promise<FarHost | undefined> {
  const number = hosts++;
  const name = `mg${process.pid}x${number}`;
  const [here, there] = [`${name}h`, `${name}t`];
  // Of the range for documentation and tests, with our process in it.
  const net = `198.${18 + number % 2}.${(process.pid + number) % 250}`;
  const inside = ["netns", "exec", name, "ip"];
  const remove = () => {
    ip("netns", "del", name);
    ip("link", "del", here);
  };
  const isMade = process.getuid?.() === 0 && ip("netns", "add", name) &&
    ip("link", "add", here, "type", "veth", "peer", "name", there, "netns", name) &&
    ip("addr", "add", `${net}.1/24`, "dev", here) && ip("link", "set", here, "up") &&
    ip(...inside, "link", "set", there, "up") &&
    ip(...inside, "addr", "add", `${net}.2/24`, "dev", there);
  if (!isMade) {
    remove();
    return undefined;
  }
  const runtime = "deno" in process.versions ? ["run", "-A", "-q", "-"] : ["-"];
  const relay = spawn("ip", ["netns", "exec", name, process.execPath, ...runtime], {
    env: { ...process.env, TARGET: `${socketDirectory}/.s.PGSQL.${port}` },
    stdio: ["pipe", "pipe", "inherit"],
  });
  relay.stdin.end(RELAY);
  await new Promise((resolve) => relay.stdout.once("data", resolve));
  return {
    url: (database) => `postgres://postgres@${net}.2:5432/${database}?password=${PASSWORD}`,
    vanish: () => {
      if (!ip(...inside, "link", "set", there, "down")) throw new Error("it did not vanish");
    },
    close: () => {
      relay.kill("SIGKILL");
      remove();
    },
  };
}

/** Why no host can be made to vanish here; undefined if one can. */
export function noFarHost(): string | undefined {
  if (process.getuid?.() !== 0) return "making a network namespace needs root";
  const name = `mg${process.pid}probe`;
  const isPossible = ip("netns", "add", name);
  ip("netns", "del", name);
  return isPossible ? undefined : "`ip netns add` does not work here";
}

function ip(...args: readonly string[]): boolean {
  return spawnSync("ip", args, { stdio: "ignore" }).status === 0;
}
