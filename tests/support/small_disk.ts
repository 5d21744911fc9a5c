/**
 * Disks that are soon full: file systems in memory, mounted for as long as this process runs. Needs root.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";

const mounted: string[] = [];
const unmountAll = () => {
  for (const directory of mounted.splice(0)) run("umount", "--lazy", directory);
};
process.on("exit", unmountAll);
globalThis.addEventListener?.("unload", unmountAll);

/** Mounts a disk at an empty directory. @returns False where this process may not. */
export function mountSmallDisk(directory: string, kibibytes: number): boolean {
  const options = `size=${kibibytes}k,mode=0777`;
  const isMounted = process.getuid?.() === 0 &&
    run("mount", "-t", "tmpfs", "-o", options, "tmpfs", directory);
  if (isMounted) mounted.push(directory);
  return isMounted;
}

/** Unmounts those below a directory that is about to be removed, even if a server still uses them. */
export function unmountBelow(directory: string): void {
  for (const disk of mounted.filter((one) => one.startsWith(`${directory}/`))) {
    mounted.splice(mounted.indexOf(disk), 1);
    run("umount", "--lazy", disk);
  }
}

let answer: boolean | undefined;

/** Whether this process may mount one. */
export function canMountSmallDisk(): boolean {
  if (answer !== undefined) return answer;
  const home = fs.mkdtempSync(path.join(os.tmpdir(), "migrator-disk-"));
  const directory = path.join(home, "disk");
  fs.mkdirSync(directory);
  answer = mountSmallDisk(directory, 64);
  unmountBelow(home);
  fs.rmSync(home, { recursive: true });
  return answer;
}

function run(program: string, ...args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: "ignore" }).status === 0;
}
