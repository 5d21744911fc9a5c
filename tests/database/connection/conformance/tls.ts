import process from "node:process";
import { type Case, row, type Verdict } from "./case.ts";

const MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;

/** What becomes of each `sslmode`, in that order. */
type Six = readonly [Verdict, Verdict, Verdict, Verdict, Verdict, Verdict];

function eachMode(string: string, verdicts: Six, more: Partial<Case> = {}): readonly Case[] {
  return MODES.map((mode, index) => row(`${string} sslmode=${mode}`, verdicts[index]!, more));
}

const IS_ROOT = process.getuid?.() === 0;
const HERE = "host=localhost port=$PORT user=app dbname=app";
const NO_TLS = "host=localhost port=$PLAIN user=app dbname=app";
const ROOT = "sslrootcert=$CERTS/root.crt";
const OTHER = "sslrootcert=$CERTS/other_root.crt";
const FULL = `${ROOT} sslmode=verify-full`;
const CERTAIN = "host=localhost port=$PORT user=certain dbname=app sslmode=require";
const PAIR = "sslcert=$CERTS/certain.crt sslkey=$CERTS/certain.key";

/** By the certificate that the server presents. */
export const tls: Readonly<Record<string, readonly Case[]>> = {
  "server": [
    ...eachMode(HERE, ["in", "in", "in", "in", "tls", "tls"]),
    ...eachMode(`${HERE} ${ROOT}`, ["in", "in", "in", "in", "in", "in"]),
    ...eachMode(`${HERE} ${OTHER}`, ["in", "in", "in", "tls", "tls", "tls"]),
    ...eachMode(NO_TLS, ["in", "in", "in", "tls", "tls", "tls"]),
    ...eachMode(`${NO_TLS} ${ROOT}`, ["in", "in", "in", "tls", "tls", "tls"]),
    ...eachMode(`host=localhost port=$PORT user=tlsonly dbname=app ${ROOT}`, [
      "authentication",
      ...["in", "in", "in", "in", "in"] as const,
    ]),
    ...eachMode(`host=localhost port=$PORT user=plainonly dbname=app ${ROOT}`, [
      ...["in", "in", "in"] as const,
      ...["authentication", "authentication", "authentication"] as const,
    ]),
    ...eachMode("host=$SOCKETS port=$PORT user=app dbname=app", [
      ...["in", "in", "in", "in"] as const,
      ...["in", "in"] as const,
    ]),
    row("host=localhost port=$DEAD user=app sslmode=require", "no-server"),
    row("host=localhost port=$RUDE user=app sslmode=require", "no-server"),
    row("host=localhost port=$RUDE user=app sslmode=prefer", "no-server"),
    row("host=localhost port=$RUDE user=app sslmode=disable", "no-server"),
    // How the server is called.
    row(`host=127.0.0.1 port=$PORT user=app dbname=app ${FULL}`, "in"),
    row(`host=LocalHost port=$PORT user=app dbname=app ${FULL}`, "in"),
    row(`host=127.1 port=$PORT user=app dbname=app ${FULL}`, "in", { refused: "connection/tls" }),
    row(`host=localhost. hostaddr=127.0.0.1 port=$PORT user=app dbname=app ${FULL}`, "tls"),
    row(`host=db.test hostaddr=127.0.0.1 port=$PORT user=app dbname=app ${FULL}`, "tls"),
    row(`host=localhost hostaddr=127.0.0.1 port=$PORT user=app dbname=app ${FULL}`, "in"),
    row(`hostaddr=127.0.0.1 port=$PORT user=app dbname=app ${FULL}`, "tls", {
      refused: "settings/invalid-value",
    }),
    row(`host=127.0.0.1 hostaddr=127.0.0.1 port=$PORT user=app dbname=app ${FULL}`, "in"),
    row(`hostaddr=127.0.0.1 port=$PORT user=app dbname=app ${ROOT} sslmode=verify-ca`, "in"),
    row(`hostaddr=127.0.0.1 port=$PORT user=app dbname=app sslmode=require`, "in"),
    row(`host=nowhere.invalid hostaddr=127.0.0.1 port=$PORT user=app dbname=app`, "in"),
    row(`${HERE} ${FULL} sslsni=0`, "in"),
    // Roots.
    row(`${HERE} sslmode=verify-full sslrootcert=$CERTS/both.crt`, "in"),
    row(`${HERE} sslmode=verify-full sslrootcert=$CERTS/missing.crt`, "tls"),
    row(`${HERE} sslmode=require sslrootcert=$CERTS/missing.crt`, "in"),
    row(`${HERE} sslmode=verify-full sslrootcert=$CERTS/garbage.crt`, "tls"),
    row(`${HERE} sslmode=require sslrootcert=$CERTS/garbage.crt`, "tls"),
    row(`${HERE} sslmode=require sslrootcert=$CERTS`, "tls"),
    row(`${HERE} sslmode=verify-full sslrootcert=$CERTS/server.crt`, "tls"),
    row(`${HERE} sslmode=verify-full`, "in", {
      home: { ".postgresql/root.crt": ["@root.crt", 0o644] },
    }),
    row(`${HERE} sslmode=require`, "tls", {
      home: { ".postgresql/root.crt": ["@other_root.crt", 0o644] },
    }),
    row(`${HERE} sslmode=prefer`, "in", {
      home: { ".postgresql/root.crt": ["@other_root.crt", 0o644] },
    }),
    row(`${HERE} sslmode=disable`, "in", {
      home: { ".postgresql/root.crt": ["@other_root.crt", 0o644] },
    }),
    row(HERE, "in", { env: { PGSSLMODE: "verify-full", PGSSLROOTCERT: "$CERTS/root.crt" } }),
    row(HERE, "tls", { env: { PGSSLMODE: "verify-full", PGSSLROOTCERT: "$CERTS/other_root.crt" } }),
    // What the system trusts, or OpenSSL's variables say.
    row(`${HERE} sslrootcert=system`, "tls", { libpq: 16 }),
    row(`${HERE} sslrootcert=system sslmode=verify-full`, "tls", { libpq: 16 }),
    row(`${HERE} sslrootcert=system sslmode=require`, "settings", { libpq: 16 }),
    row(`${HERE} sslrootcert=system`, "in", {
      libpq: 16,
      env: { SSL_CERT_FILE: "$CERTS/root.crt" },
    }),
    row(`${HERE} sslrootcert=system`, "tls", {
      libpq: 16,
      env: { SSL_CERT_FILE: "$CERTS/other_root.crt" },
    }),
    row(`${HERE} sslrootcert=system`, "in", { libpq: 16, env: { SSL_CERT_DIR: "$CERTS/hashed" } }),
    row(`host=127.0.0.2 hostaddr=127.0.0.1 port=$PORT user=app sslrootcert=system`, "tls", {
      libpq: 16,
      env: { SSL_CERT_FILE: "$CERTS/root.crt" },
    }),
    // Lists of revoked certificates.
    row(`${HERE} ${FULL} sslcrl=$CERTS/revoked.crl`, "tls", { refused: "settings/unsupported" }),
    row(`${HERE} ${FULL} sslcrldir=$CERTS`, "tls", { refused: "settings/unsupported" }),
    row(`${HERE} ${FULL}`, "tls", {
      home: { ".postgresql/root.crl": ["@revoked.crl", 0o644] },
      refused: "settings/unsupported",
    }),
    row(`${HERE} sslmode=require`, "in", {
      home: { ".postgresql/root.crl": ["@revoked.crl", 0o644] },
    }),
    // Versions.
    row(`${HERE} sslmode=require ssl_max_protocol_version=TLSv1.2`, "in"),
    row(`${HERE} sslmode=require ssl_min_protocol_version=TLSv1.3`, "in"),
    row(`${HERE} sslmode=require ssl_max_protocol_version=TLSv1.1`, "settings"),
    // Straight away.
    row(`${HERE} ${FULL} sslnegotiation=direct`, "in", { libpq: 17, server: 17 }),
    row(`${HERE} sslmode=require sslnegotiation=direct`, "in", { libpq: 17, server: 17 }),
    row(`${HERE} ${OTHER} sslmode=require sslnegotiation=direct`, "tls", { libpq: 17, server: 17 }),
    row(`${HERE} sslmode=prefer sslnegotiation=direct`, "settings", { libpq: 17 }),
    row(`${NO_TLS} sslmode=require sslnegotiation=direct`, "tls", { libpq: 17 }),
    row(
      "host=$SOCKETS port=$PORT user=app sslmode=require sslnegotiation=direct dbname=app",
      "in",
      {
        libpq: 17,
      },
    ),
    // Certificates of clients.
    row(CERTAIN, "authentication"),
    row(`${CERTAIN} ${PAIR}`, "in"),
    row(`${CERTAIN} ${PAIR} ${FULL}`, "in"),
    row(`${CERTAIN} ${PAIR} sslcertmode=disable`, "authentication", { libpq: 16 }),
    row(`${CERTAIN} ${PAIR} sslcertmode=allow`, "in", { libpq: 16 }),
    row(`${CERTAIN} ${PAIR} ssl_max_protocol_version=TLSv1.2`, "in"),
    row(`${CERTAIN.replace("user=certain", "user=app")} ${PAIR}`, "in"),
    row(`${CERTAIN.replace("require", "prefer")} ${PAIR}`, "in"),
    row(`${CERTAIN.replace("require", "disable")} ${PAIR}`, "authentication"),
    row(`${CERTAIN.replace("require", "allow")} ${PAIR}`, "in"),
    row(`${CERTAIN} sslcert=$CERTS/certain.crt`, "tls"),
    row(`${CERTAIN} sslcert=$CERTS/certain.crt sslkey=$CERTS/missing.key`, "tls"),
    row(`${CERTAIN} sslcert=$CERTS/certain.crt sslkey=$CERTS/stranger.key`, "tls"),
    row(`${CERTAIN} sslcert=$CERTS/certain.crt sslkey=$CERTS/open.key`, "tls"),
    row(`${CERTAIN} sslcert=$CERTS/certain.crt sslkey=$CERTS/garbage.crt`, "tls"),
    row(`${CERTAIN} sslcert=$CERTS/garbage.crt sslkey=$CERTS/certain.key`, "tls"),
    row(`${CERTAIN} sslcert=$CERTS/missing.crt sslkey=$CERTS/certain.key`, "authentication", {
      told: /missing\.crt.*does not exist/,
    }),
    row(`${CERTAIN} sslcert=$CERTS/stranger.crt sslkey=$CERTS/stranger.key`, "tls"),
    row(`${CERTAIN.replace("user=certain", "user=verified")} ${PAIR}`, "in"),
    row(`${CERTAIN.replace("user=certain", "user=verified")}`, "authentication"),
    row(
      `${CERTAIN} sslcert=$CERTS/certain.crt sslkey=$CERTS/encrypted.key sslpassword=sesame`,
      "in",
    ),
    row(`${CERTAIN} sslcert=$CERTS/certain.crt sslkey=$CERTS/encrypted.key sslpassword=x`, "tls"),
    row(`${CERTAIN} sslcert=$CERTS/certain.crt sslkey=$CERTS/encrypted.key`, "tls"),
    row(`${CERTAIN} sslcert=$CERTS/certain.crt sslkey=$CERTS/traditional.key`, "in"),
    row(`${CERTAIN} ${PAIR} sslpassword=unneeded`, "in"),
    row(`${CERTAIN} sslcert=$CERTS/certain_rsa.crt sslkey=$CERTS/certain_rsa.key`, "in"),
    row(`${CERTAIN} sslcert=$CERTS/certain_rsa.crt sslkey=$CERTS/old.key sslpassword=sesame`, "in"),
    row(`${CERTAIN} sslcert=$CERTS/certain_rsa.crt sslkey=$CERTS/old.key sslpassword=x`, "tls"),
    row(`${CERTAIN} sslcert=$CERTS/certain.crt sslkey=$CERTS/der.key`, "in", {
      refused: "connection/tls",
    }),
    // A key of root's may be read by a group.
    row(`${CERTAIN} sslcert=$CERTS/certain.crt sslkey=$HOME/key`, IS_ROOT ? "in" : "tls", {
      home: { "key": ["@certain.key", 0o640] },
    }),
    row(CERTAIN, "in", {
      home: {
        ".postgresql/postgresql.crt": ["@certain.crt", 0o644],
        ".postgresql/postgresql.key": ["@certain.key", 0o600],
      },
    }),
    row(CERTAIN, "tls", {
      home: {
        ".postgresql/postgresql.crt": ["@certain.crt", 0o644],
        ".postgresql/postgresql.key": ["@certain.key", 0o666],
      },
    }),
    row(CERTAIN, "tls", { home: { ".postgresql/postgresql.crt": ["@certain.crt", 0o644] } }),
    row(CERTAIN, "in", {
      env: { PGSSLCERT: "$CERTS/certain.crt", PGSSLKEY: "$CERTS/certain.key" },
    }),
    row(`${CERTAIN} sslcert=$CERTS/certain.crt sslkey=engine:key`, "tls", {
      refused: "settings/unsupported",
    }),
  ],

  "strong": [
    row(`${HERE} ${FULL}`, "in"),
    row(`${HERE} ${FULL} ssl_max_protocol_version=TLSv1.2`, "in"),
  ],

  "expired": [
    ...eachMode(`${HERE} ${ROOT}`, ["in", "in", "in", "tls", "tls", "tls"]),
    row(`${HERE} sslmode=require`, "in"),
  ],
  "elsewhere": [
    row(`${HERE} ${ROOT} sslmode=verify-ca`, "in"),
    row(`${HERE} ${FULL}`, "tls"),
    row(`host=elsewhere.test hostaddr=127.0.0.1 port=$PORT user=app dbname=app ${FULL}`, "in"),
  ],
  "named": [
    row(`${HERE} ${FULL}`, "in"),
    row(`host=127.0.0.1 port=$PORT user=app dbname=app ${FULL}`, "tls"),
  ],
  "numbered": [
    row(`host=127.0.0.1 port=$PORT user=app dbname=app ${FULL}`, "in"),
    row(`${HERE} ${FULL}`, "tls"),
  ],
  "wild": ([
    ["a.db.test", "in"],
    ["A.DB.test", "in"],
    ["a.b.db.test", "tls"],
    ["db.test", "tls"],
    [".db.test", "tls"],
    ["x1.part.test", "tls"],
  ] as const).map(([host, verdict]) =>
    row(`host=${host} hostaddr=127.0.0.1 port=$PORT user=app dbname=app ${FULL}`, verdict)
  ),
  "textual": [
    row(`host=127.0.0.1 port=$PORT user=app dbname=app ${FULL}`, "in"),
  ],
  "mixed": [
    row(`${HERE} ${FULL}`, "in"),
    row(`host=127.0.0.2 hostaddr=127.0.0.1 port=$PORT user=app dbname=app ${FULL}`, "in"),
    row(`host=127.0.0.1 port=$PORT user=app dbname=app ${FULL}`, "tls"),
  ],
  "chained": [
    row(`${HERE} ${FULL}`, "in"),
    row(`${HERE} ${OTHER} sslmode=verify-ca`, "tls"),
    row(`${HERE} sslrootcert=$CERTS/intermediate.crt sslmode=verify-ca`, "tls"),
  ],
  "alone": [
    row(`${HERE} sslrootcert=$CERTS/alone.crt sslmode=verify-full`, "in"),
    row(`${HERE} ${FULL}`, "tls"),
    row(`${HERE} sslmode=require`, "in"),
  ],
};
