/**
 * Signs bundles with ed25519, and checks the signatures.
 *
 * A seal shows that a bundle was damaged; a signature shows who made it. It covers the program and, by
 * their digests, everything that the bundle carries.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import { clause } from "../format/clause.ts";
import { Failure } from "../failure.ts";
import type { BundleManifest, BundleSignature } from "./bundle_index.ts";
import type { Archive } from "./zip_reader.ts";

/** What a signature covers. */
export interface SignedContent {
  /** SHA-256 in hex of the program without its seal. */
  readonly program: string;
  /** SHA-256 in hex by the name of the entry. */
  readonly sha256: BundleManifest["sha256"];
}

/**
 * Reads a private key, as `openssl genpkey -algorithm ed25519` writes it.
 *
 * @param text PEM.
 * @param origin Where it comes from, for messages.
 * @throws {Failure} `bundle/key`.
 */
export function readPrivateKey(text: string, origin: string): KeyObject {
  return readKey(() => createPrivateKey(text), origin);
}

/** Reads a public key, as `openssl pkey -pubout` writes it. @throws {Failure} `bundle/key`. */
export function readPublicKey(text: string, origin: string): KeyObject {
  if (text.includes("PRIVATE KEY")) throw wrongKey(origin, "it is a private key");
  return readKey(() => createPublicKey(text), origin);
}

/** Signs a bundle. */
export function signBundle(content: SignedContent, privateKey: KeyObject): BundleSignature {
  const publicKey = createPublicKey(privateKey);
  return {
    algorithm: "ed25519",
    key: fingerprint(publicKey),
    value: sign(null, signedText(content), privateKey).toString("base64"),
  };
}

/**
 * Checks the signature of an open bundle, whose entries agree with its manifest.
 *
 * @param content.program The digest of the program as it is now.
 * @throws {Failure} `bundle/unsigned`, `bundle/signature`.
 */
export function checkSignature(
  archive: Pick<Archive, "path">,
  { manifest, program, publicKey }: {
    readonly manifest: BundleManifest;
    readonly program: string;
    readonly publicKey: KeyObject;
  },
): void {
  const { signature, sha256 } = manifest;
  const { path } = archive;
  if (signature === undefined) {
    throw new Failure("bundle/unsigned", `${path} carries migrations that nobody has signed.`, {
      hint: "Get the signed executable from its vendor. Vendors sign with: " +
        "migrator bundle --sign KEY",
      facts: { path },
    });
  }
  const expected = fingerprint(publicKey);
  const isValid = signature.algorithm === "ed25519" && signature.key === expected &&
    verify(
      null,
      signedText({ program, sha256 }),
      publicKey,
      Buffer.from(signature.value, "base64"),
    );
  if (isValid) return;
  throw new Failure(
    "bundle/signature",
    signature.key === expected
      ? `${path} is not what was signed: its signature does not fit.`
      : `${path} is signed with another key (${signature.key}) than the trusted one (${expected}).`,
    {
      hint: "Do not use it. Get it again from its vendor, over another way.",
      facts: { path, key: signature.key, trusted: expected },
    },
  );
}

/** The first 16 hexadecimal digits of the SHA-256 of a public key in DER. */
export function fingerprint(publicKey: KeyObject): string {
  const der = publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(der).digest("hex").slice(0, 16);
}

/** One line for the program, and one for each entry in the order of names. */
function signedText({ program, sha256 }: SignedContent): Buffer {
  const lines = Object.keys(sha256).sort().map((name) =>
    `${sha256[name]}  ${JSON.stringify(name)}`
  );
  return Buffer.from(["migrator bundle 1", program, ...lines, ""].join("\n"));
}

function readKey(read: () => KeyObject, origin: string): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch (error) {
    throw wrongKey(origin, clause((error as Error).message));
  }
  if (key.asymmetricKeyType === "ed25519") return key;
  throw wrongKey(origin, `it is a key for ${key.asymmetricKeyType ?? "another algorithm"}`);
}

function wrongKey(origin: string, why: string): Failure {
  return new Failure("bundle/key", `${origin} cannot be used as an ed25519 key: ${why}.`, {
    hint: "Make a pair: openssl genpkey -algorithm ed25519 -out key.pem && " +
      "openssl pkey -in key.pem -pubout -out key.pub",
  });
}
