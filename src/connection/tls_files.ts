/**
 * The certificates and the key that a TLS handshake needs.
 *
 * @module
 */

import { createPrivateKey } from "node:crypto";
import * as fs from "node:fs/promises";
import process from "node:process";
import * as tls from "node:tls";
import { readText } from "../runtime/files.ts";
import { tlsFailure } from "./dial_failure.ts";
import type { ServerSettings } from "./settings.ts";

/** A part of the options of `tls.connect`. Without `ca` the server's certificate is not checked. */
export interface TlsFiles {
  readonly ca?: string[];
  readonly cert?: string;
  readonly key?: string;
}

/** Where systems keep the roots they trust: Debian, Alpine; Red Hat; SUSE; macOS, BSD. */
const SYSTEM_ROOTS = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/**
 * @param settings Those of the one host that is tried.
 * @throws {Failure} `connection/tls` for a missing root or key, and for a key that others can read.
 */
export async function readTlsFiles(settings: ServerSettings): Promise<TlsFiles> {
  const ca = await readRoots(settings);
  const { sslCert, sslKey } = settings;
  const roots = ca === undefined ? {} : { ca };
  const cert = sslCert === undefined ? undefined : await readText(sslCert);
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
  const roots = sslRootCert === undefined ? undefined : await readText(sslRootCert);
  if (roots !== undefined) return [roots];
  if (sslMode !== "verify-ca" && sslMode !== "verify-full") return undefined;
  throw tlsFailure(
    settings,
    sslRootCert === undefined
      ? "there is no root certificate to check the server's with"
      : `the root certificate ${sslRootCert} does not exist`,
    "Give the file with sslrootcert, or use the system's roots: sslrootcert=system",
  );
}

async function systemRoots(): Promise<string[]> {
  const chosen = process.env["SSL_CERT_FILE"];
  for (const path of chosen ? [chosen] : SYSTEM_ROOTS) {
    const roots = await readText(path);
    if (roots !== undefined) return [roots];
  }
  return [...tls.rootCertificates];
}

async function readKey(settings: ServerSettings, path: string): Promise<string> {
  const key = await readText(path);
  if (key === undefined) {
    throw tlsFailure(
      settings,
      `there is a certificate ${settings.sslCert}, but its key ${path} does not exist`,
      "Name the key's file with sslkey (PGSSLKEY).",
    );
  }
  const { mode, uid } = await fs.stat(path);
  // A key of root's may be read by a group, such as Debian's ssl-cert.
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

/** The key without its password, because not every runtime complains of a wrong one. */
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
