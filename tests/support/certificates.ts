/**
 * Certificates for tests, made by openssl when they are wanted.
 *
 * @module
 */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs/promises";
import * as path from "node:path";

/** True where there is an openssl that can issue certificates in one go (3.0). */
export const hasOpenssl: boolean = /^OpenSSL (?:[3-9]|\d\d)/.test(
  spawnSync("openssl", ["version"], { encoding: "utf8" }).stdout ?? "",
);

/** What a certificate says. */
export interface Wish {
  /** The common name. */
  readonly name: string;
  /** As openssl writes them: `DNS:localhost,IP:127.0.0.1`. */
  readonly alternatives?: string;
  /** The file name, without its ending, of the authority; left out: signed by itself. */
  readonly issuer?: string;
  /** May issue others. */
  readonly authority?: boolean;
  readonly expired?: boolean;
  /** With an RSA key, not one on an elliptic curve. */
  readonly rsa?: boolean;
}

/** Makes `FILE.crt` and `FILE.key`, which only we may read, for each; authorities come first. */
export async function makeCertificates(
  directory: string,
  wishes: Readonly<Record<string, Wish>>,
): Promise<void> {
  const file = (name: string) => path.join(directory, name);
  await Promise.all(
    Object.entries(wishes).map(([name, { rsa }]) => makeKey(file(`${name}.key`), rsa ?? false)),
  );
  const done = new Map<string, Promise<void>>();
  for (const [name, { issuer, ...wish }] of Object.entries(wishes)) {
    const before = issuer === undefined ? Promise.resolve() : done.get(issuer);
    if (before === undefined) throw new Error(`${name} comes before its issuer ${issuer}`);
    const signer = issuer === undefined
      ? []
      : ["-CA", file(`${issuer}.crt`), "-CAkey", file(`${issuer}.key`)];
    done.set(name, before.then(() => issue(file(name), { wish, signer })));
  }
  await Promise.all(done.values());
}

async function makeKey(file: string, rsa: boolean): Promise<void> {
  if (rsa) await openssl("genrsa", "-out", file, "2048");
  else await openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", file);
  await fs.chmod(file, 0o600);
}

async function issue(
  file: string,
  { wish, signer }: { readonly wish: Wish; readonly signer: readonly string[] },
): Promise<void> {
  const extensions = [
    `basicConstraints=critical,CA:${wish.authority ? "TRUE" : "FALSE"}`,
    ...(wish.alternatives ? [`subjectAltName=${wish.alternatives}`] : []),
  ];
  const subject = ["-subj", `/CN=${wish.name}`, "-key", `${file}.key`];
  if (!wish.expired) {
    const added = extensions.flatMap((extension) => ["-addext", extension]);
    await openssl("req", "-x509", "-days", "3", ...subject, ...added, ...signer, ...to(file));
    return;
  }
  // Only this command takes a number of days that is over.
  await fs.writeFile(`${file}.ext`, extensions.join("\n"));
  await openssl("req", "-new", ...subject, "-out", `${file}.csr`);
  const request = ["-req", "-in", `${file}.csr`, "-extfile", `${file}.ext`];
  await openssl("x509", ...request, "-days", "-1", "-CAcreateserial", ...signer, ...to(file));
}

function to(file: string): readonly string[] {
  return ["-out", `${file}.crt`];
}

/** Runs it. @throws {Error} With what it printed, when it fails. */
export async function openssl(...args: readonly string[]): Promise<void> {
  const child = spawn("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
  let printed = "";
  child.stderr.on("data", (chunk) => printed += String(chunk));
  const [status] = await once(child, "close");
  if (status !== 0) throw new Error(`openssl ${args.join(" ")} failed (${status}): ${printed}`);
}
