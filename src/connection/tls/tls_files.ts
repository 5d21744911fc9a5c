/**
 * Reads the certificates and the key for a TLS handshake.
 *
 * @module
 */

import { createPrivateKey, X509Certificate } from "node:crypto";
import * as fs from "node:fs/promises";
import process from "node:process";
import * as tls from "node:tls";
import { listDirectory, permissions, readText } from "../../runtime/files.ts";
import { tlsFailure } from "../socket/dial_failure.ts";
import type { ServerSettings } from "../settings/settings.ts";

/** A part of the options of `tls.connect`. Without `ca` the server's certificate is not checked. */
export interface TlsFiles {
  readonly ca?: string[];
  readonly cert?: string;
  readonly key?: string;
}

/** Where systems keep their trusted root certificates: Debian, Alpine; Red Hat; SUSE; macOS, BSD. */
const SYSTEM_ROOTS = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/** Files in a directory of root certificates, as openssl names them: a hash of the subject, a number. */
const HASHED = /^[0-9a-f]{8}\.\d+$/;

const CERTIFICATE = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]*-----END[^-]*-----/g;

/**
 * @param settings The settings of the host that is tried.
 * @throws {Failure} `connection/tls`: a root certificate or the key is missing or cannot be read, or other
 * users may read the key.
 */
export async function readTlsFiles(settings: ServerSettings): Promise<TlsFiles> {
  const ca = await readRoots(settings);
  const { sslCert, sslKey } = settings;
  const roots = ca === undefined ? {} : { ca };
  const cert = sslCert === undefined ? undefined : await read(settings, "certificate", sslCert);
  if (cert === undefined) return roots;
  if (sslKey === undefined) {
    throw tlsFailure(
      settings,
      `there is a certificate ${sslCert} but no key`,
      "Name the key's file with sslkey (PGSSLKEY).",
    );
  }
  return { ...roots, cert, key: opened(settings, await readKey(settings, sslKey)) };
}

async function readRoots(settings: ServerSettings): Promise<string[] | undefined> {
  const { sslMode, sslRootCert } = settings;
  if (sslRootCert === "system") return await systemRoots();
  const roots = sslRootCert === undefined
    ? undefined
    : await read(settings, "root certificate", sslRootCert);
  if (roots !== undefined) {
    refuseRootless(settings, roots);
    return [roots];
  }
  if (sslMode !== "verify-ca" && sslMode !== "verify-full") return undefined;
  throw tlsFailure(
    settings,
    sslRootCert === undefined
      ? "there is no root certificate to check the server's with"
      : `the root certificate ${sslRootCert} does not exist`,
    "Give the file with sslrootcert, or use the system's roots: sslrootcert=system",
  );
}

/**
 * A chain ends at a self-signed certificate. Some runtimes accept a chain without one, so a file without
 * one is refused under every runtime.
 */
function refuseRootless(settings: ServerSettings, text: string): void {
  for (const [one] of text.matchAll(CERTIFICATE)) {
    try {
      const { issuer, subject } = new X509Certificate(one);
      if (issuer === subject) return;
    } catch {
      throw unreadableFile(settings, `root certificate ${settings.sslRootCert}`, "malformed");
    }
  }
  throw tlsFailure(
    settings,
    `${settings.sslRootCert} has no root certificate in it, which is one that is signed by itself`,
    "Add the root of the authority that issued the server's certificate.",
  );
}

/** OpenSSL's variables take precedence over the system's own place. */
async function systemRoots(): Promise<string[]> {
  const directories = process.env["SSL_CERT_DIR"]?.split(":").filter(Boolean) ?? [];
  const chosen = process.env["SSL_CERT_FILE"];
  const hashed = (await Promise.all(directories.map(hashedRoots))).flat();
  const paths = chosen ? [chosen] : directories.length > 0 ? [] : SYSTEM_ROOTS;
  for (const path of paths) {
    const roots = await readText(path);
    if (roots !== undefined) return [roots, ...hashed];
  }
  return directories.length > 0 ? hashed : [...tls.rootCertificates];
}

async function hashedRoots(directory: string): Promise<string[]> {
  const entrys = await listDirectory(directory) ?? [];
  const names = entrys.map(({ name }) => name).filter((name) => HASHED.test(name));
  const texts = await Promise.all(names.map((name) => readText(`${directory}/${name}`)));
  return texts.filter((text) => text !== undefined);
}

/** The text of a file; undefined if it does not exist. An existing file must be readable. */
async function read(
  settings: ServerSettings,
  what: string,
  path: string,
): Promise<string | undefined> {
  if (await permissions(path) === undefined) return undefined;
  try {
    return await fs.readFile(path, "utf8");
  } catch (error) {
    const { code = "" } = error as { readonly code?: string };
    throw unreadableFile(settings, `${what} ${path}`, code);
  }
}

function unreadableFile(settings: ServerSettings, what: string, why: string) {
  return tlsFailure(
    settings,
    `the ${what} cannot be read (${why})`,
    "It must be a file in PEM format that the user of this program may read.",
  );
}

async function readKey(settings: ServerSettings, path: string): Promise<string> {
  const key = await read(settings, "key", path);
  if (key === undefined) {
    throw tlsFailure(
      settings,
      `there is a certificate ${settings.sslCert}, but its key ${path} does not exist`,
      "Name the key's file with sslkey (PGSSLKEY).",
    );
  }
  if (!key.includes("-----BEGIN")) {
    throw tlsFailure(
      settings,
      `the key ${path} is not in PEM format`,
      `Convert it: openssl pkey -inform DER -in ${path} -out ${path}.pem`,
    );
  }
  const { mode, uid } = await fs.stat(path);
  // A group, such as Debian's ssl-cert, may read a key that belongs to root.
  const forbidden = uid === 0 ? 0o037 : 0o077;
  if (process.platform !== "win32" && (mode & forbidden) !== 0) {
    throw tlsFailure(
      settings,
      `the key ${path} has group or world access`,
      `Close it: chmod 600 ${path}`,
    );
  }
  return key;
}

/** Decrypts the key here, because some runtimes do not report a wrong password. */
function opened(settings: ServerSettings, key: string): string {
  if (!key.includes("ENCRYPTED")) return key;
  const { sslKey, sslPassword } = settings;
  const close = "Set sslpassword in the connection string.";
  if (sslPassword === undefined) {
    throw tlsFailure(settings, `the key ${sslKey} is encrypted and there is no password`, close);
  }
  try {
    const open = createPrivateKey({ key, passphrase: sslPassword.reveal() });
    return open.export({ type: "pkcs8", format: "pem" }).toString();
  } catch {
    throw tlsFailure(settings, `the password does not open the key ${sslKey}`, close);
  }
}
