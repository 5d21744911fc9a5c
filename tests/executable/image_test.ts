import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { type Server, sharedCluster } from "../support/cluster.ts";

/** Where libstdc++ and libgcc for musl are, on a machine that is not Alpine. */
const MUSL_LIBRARIES = process.env["MIGRATOR_TEST_MUSL_LIBRARIES"] ?? "/usr/lib";

const EXECUTABLE = process.env["MIGRATOR_TEST_EXECUTABLE"] ?? "";

/** What docs/distribution.md says that an image must contain: where it is there, and where it is here. */
interface Image {
  readonly executable: string;
  readonly files: Readonly<Record<string, string>>;
  /** Whether /proc must be mounted. */
  readonly proc: boolean;
}

const GLIBC = ["libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0"];

const IMAGES: Readonly<Record<string, Image>> = {
  "linux-x64": {
    executable: EXECUTABLE,
    files: {
      "lib64/ld-linux-x86-64.so.2": "/lib64/ld-linux-x86-64.so.2",
      ...Object.fromEntries(
        GLIBC.map((name) => [`lib/x86_64-linux-gnu/${name}`, `/lib/x86_64-linux-gnu/${name}`]),
      ),
    },
    proc: true,
  },
  "linux-x64-musl": {
    executable: `${EXECUTABLE}-linux-x64-musl`,
    files: {
      "lib/ld-musl-x86_64.so.1": "/lib/ld-musl-x86_64.so.1",
      "usr/lib/libstdc++.so.6": `${MUSL_LIBRARIES}/libstdc++.so.6`,
      "usr/lib/libgcc_s.so.1": `${MUSL_LIBRARIES}/libgcc_s.so.1`,
    },
    proc: false,
  },
};

/** Its mounts end with it. The root is read-only; its user is nobody, in no group. */
const ENTER = `set -e
mount --bind "$1" "$1"
mount -o remount,bind,ro "$1"
if [ "$2" = true ]; then mount -t proc proc "$1/proc"; fi
root=$1
shift 2
exec chroot --userspec=65534:65534 --groups= "$root" /migrator "$@"`;

const mayMount = spawnSync("unshare", ["--mount", "true"]).status === 0;

/** Why an image cannot be tried here. */
function missing({ executable, files }: Image): string | undefined {
  const absent = [executable, ...Object.values(files)].find((file) => !fs.existsSync(file));
  if (absent !== undefined) return `there is no ${absent}`;
  return mayMount ? undefined : "it takes root, who may mount";
}

for (const [target, image] of Object.entries(IMAGES)) {
  const skip = missing(image);
  if (skip !== undefined) console.log(`!! SKIPPED: an image with ${target}, because ${skip}`);
  describe(`an image with nothing but what the documentation says for ${target}`, () => {
    let root: string;
    let server: Server;
    before(async () => {
      if (skip !== undefined) return;
      server = await sharedCluster(18);
      root = fs.mkdtempSync(path.join(os.tmpdir(), "migrator-image-"));
      fs.chmodSync(root, 0o755);
      for (const [name, from] of Object.entries({ ...image.files, migrator: image.executable })) {
        fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
        fs.copyFileSync(from, path.join(root, name));
        fs.chmodSync(path.join(root, name), 0o755);
      }
      fs.mkdirSync(path.join(root, "proc"));
    });
    after(() => {
      if (skip === undefined) fs.rmSync(root, { recursive: true });
    });

    /** Runs `/migrator` there, without any environment. */
    function run(...args: readonly string[]) {
      const enter = ["--mount", "sh", "-c", ENTER, "sh", root, String(image.proc), ...args];
      // The shell finds its programs by this PATH; what it starts there has no use for it.
      const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };
      return spawnSync("unshare", enter, { encoding: "utf8", env });
    }

    test("migrates a real server, a PostgreSQL of its own, and knows what it is", {
      skip: skip ?? false,
    }, async () => {
      const { stdout, stderr } = run("version");
      assert.ok(stdout.includes(`, ${target})`), stdout + stderr);
      const url = server.url(await server.createDatabase());
      for (
        const [expected, where] of [
          [/frontend: applied \d+/, url],
          [/frontend: nothing to do/, url],
          [/frontend: applied \d+/, "pglite:memory"],
        ] as const
      ) {
        const up = run("up", "--database-url", where);
        assert.equal(up.status, 0, up.stderr);
        assert.match(up.stdout, expected);
      }
    });
  });
}
