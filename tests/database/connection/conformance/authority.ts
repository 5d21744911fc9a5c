/**
 * Every certificate, key and list that a case may name.
 *
 * @module
 */

import * as fs from "node:fs/promises";
import * as path from "node:path";
import { makeCertificates, openssl, type Wish } from "../../../support/certificates.ts";

const WISHES: Readonly<Record<string, Wish>> = {
  root: { name: "Test root", authority: true },
  other_root: { name: "Another root", authority: true },
  intermediate: { name: "Test intermediate", issuer: "root", authority: true },
  server: { name: "db.test", alternatives: "DNS:localhost,IP:127.0.0.1", issuer: "root" },
  expired: { name: "db.test", alternatives: "DNS:localhost", issuer: "root", expired: true },
  elsewhere: { name: "localhost", alternatives: "DNS:elsewhere.test", issuer: "root" },
  named: { name: "localhost", issuer: "root" },
  numbered: { name: "127.0.0.1", issuer: "root" },
  wild: { name: "db.test", alternatives: "DNS:*.db.test,DNS:x*.part.test", issuer: "root" },
  textual: { name: "db.test", alternatives: "DNS:127.0.0.1", issuer: "root" },
  mixed: { name: "localhost", alternatives: "IP:127.0.0.2", issuer: "root" },
  chained: { name: "db.test", alternatives: "DNS:localhost", issuer: "intermediate" },
  alone: { name: "localhost", alternatives: "DNS:localhost" },
  strong: { name: "db.test", alternatives: "DNS:localhost", issuer: "root", rsa: true },
  certain_rsa: { name: "certain", issuer: "root", rsa: true },
  certain: { name: "certain", issuer: "root" },
  stranger: { name: "certain", issuer: "other_root" },
};

/** Fills an empty directory. */
export async function issueAll(directory: string): Promise<void> {
  await makeCertificates(directory, WISHES);
  await finish(directory);
}

/** Chains, an encrypted key, one that others can read, and the names by which openssl looks. */
async function finish(directory: string): Promise<void> {
  const file = (name: string) => path.join(directory, name);
  const read = (name: string) => fs.readFile(file(name), "utf8");
  await fs.writeFile(
    file("chained.crt"),
    await read("chained.crt") + await read("intermediate.crt"),
  );
  await fs.writeFile(file("both.crt"), await read("other_root.crt") + await read("root.crt"));
  await fs.writeFile(file("garbage.crt"), "this is no certificate\n");
  await openssl(
    ...["pkcs8", "-topk8", "-v2", "aes256", "-passout", "pass:sesame"],
    ...["-in", file("certain.key"), "-out", file("encrypted.key")],
  );
  await fs.chmod(file("encrypted.key"), 0o600);
  await revoke(directory);
  await fs.mkdir(file("hashed"));
  await fs.copyFile(file("root.crt"), file("hashed/root.pem"));
  await openssl("rehash", file("hashed"));
  const aes = ["-aes256", "-passout", "pass:sesame"];
  const old = ["-in", file("certain_rsa.key"), "-out", file("old.key")];
  await openssl("rsa", "-traditional", ...aes, ...old);
  await fs.chmod(file("old.key"), 0o600);
  const der = ["-outform", "DER", "-in", file("certain.key"), "-out", file("der.key")];
  await openssl("pkcs8", "-topk8", "-nocrypt", ...der);
  await fs.chmod(file("der.key"), 0o600);
  await openssl("ec", "-in", file("certain.key"), "-out", file("traditional.key"));
  await fs.chmod(file("traditional.key"), 0o600);
  await fs.copyFile(file("certain.key"), file("open.key"));
  await fs.chmod(file("open.key"), 0o644);
}

/** A list on which the server's certificate is. */
async function revoke(directory: string): Promise<void> {
  const file = (name: string) => path.join(directory, name);
  await fs.writeFile(file("index.txt"), "");
  await fs.writeFile(
    file("authority.cnf"),
    `[ca]\ndefault_ca = own\n[own]\ndatabase = ${file("index.txt")}\n` +
      "default_md = sha256\ndefault_crl_days = 3\n",
  );
  const authority = ["-config", file("authority.cnf"), "-keyfile", file("root.key")];
  const signed = [...authority, "-cert", file("root.crt")];
  await openssl("ca", ...signed, "-revoke", file("server.crt"));
  await openssl("ca", ...signed, "-gencrl", "-out", file("revoked.crl"));
}
