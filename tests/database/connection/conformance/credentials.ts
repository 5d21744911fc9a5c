import { type Case, row } from "./case.ts";

const PLAIN = "host=localhost port=$PLAIN dbname=app";
const SALTED = `${PLAIN} user=salted`;
const ANY = "*:*:*:*:s@lt /\\:%\n";

/** Who is let in, and where passwords and services are found. */
export const credentials: Readonly<Record<string, readonly Case[]>> = {
  "roles and passwords": [
    row(`${PLAIN} user=app`, "in"),
    row(`${PLAIN} user=app password=unneeded`, "in"),
    row(`${PLAIN} user=nobody`, "authentication"),
    row(`${PLAIN} user=rejected`, "authentication"),
    row(`host=localhost port=$PLAIN dbname=nowhere user=app`, "authentication"),
    row(`${PLAIN} user=clear password='c l\\'e\\\\ar'`, "in"),
    row(`${PLAIN} user=clear password=x`, "authentication"),
    row(`${PLAIN} user=clear`, "authentication"),
    row(`${PLAIN} user=hashed password=h\u00E4sh`, "in"),
    row(`${PLAIN} user=hashed password=hash`, "authentication"),
    row(`${PLAIN} user=hashed`, "authentication"),
    row(`${SALTED} password='s@lt /:%'`, "in"),
    row(`${SALTED} password='s@lt /:'`, "authentication"),
    row(SALTED, "authentication"),
    row(`${SALTED} password=''`, "authentication"),
    row(`${PLAIN} user=long password=$LONG`, "in"),
    row(`${PLAIN} user=long password=$LONG-`, "authentication"),
    row("postgres://salted:s%40lt%20%2F%3A%25@localhost:$PORT/app?sslmode=require", "in"),
    // SASLprep: NFKC, spaces, what is mapped to nothing; as it is where that is prohibited.
    row(`${PLAIN} user=fine password='\uFB01ne\u00A0\u212B'`, "in"),
    row(`${PLAIN} user=fine password='fine \u00C5'`, "in"),
    row(`${PLAIN} user=fine password='fine A\u030A'`, "in"),
    row(`${PLAIN} user=fine password='fine A'`, "authentication"),
    row("postgres://fine:%EF%AC%81ne%C2%A0%E2%84%AB@localhost:$PLAIN/app", "in"),
    row(`${PLAIN} user=soft password='so\u00ADft'`, "in"),
    row(`${PLAIN} user=soft password='soft'`, "in"),
    row(`${PLAIN} user=soft password='s\u200Doft'`, "in"),
    row(`${PLAIN} user=raw password='\u2168\u{1F511}'`, "in"),
    row(`${PLAIN} user=raw password='IX\u{1F511}'`, "authentication"),
    row(`${PLAIN} user=mirrored password='\u05D0\u2168'`, "in"),
    row(`${PLAIN} user=mirrored password='\u05D0IX'`, "authentication"),
    row(`${PLAIN} user=clear password='\uFB01'`, "authentication"),
  ],

  "the pass file": [
    ...([
      [ANY, "in"],
      [`localhost:$PLAIN:app:salted:s@lt /\\:%`, "in"],
      [`localhost:$PLAIN:app:salted:s@lt /\\:%\r\n`, "in"],
      [`# a comment\n\nlocalhost:1:app:salted:x\n${ANY}`, "in"],
      [`*:*:*:salted:wrong\n${ANY}`, "authentication"],
      [`LOCALHOST:*:*:*:s@lt /\\:%`, "authentication"],
      [`loc*:*:*:*:s@lt /\\:%`, "authentication"],
      [`\\localhost:*:*:*:s@lt /\\:%`, "in"],
      [`127.0.0.1:*:*:*:s@lt /\\:%`, "authentication"],
      [`*:*:*:*:s@lt /:%`, "authentication"],
      [`*:*:*:*:\\s\\@lt /\\:%:ignored`, "in"],
      [` *:*:*:*:s@lt /\\:%`, "authentication"],
      [`*:*:*:*:s@lt /\\:% `, "authentication"],
      [`\uFEFFlocalhost:*:*:*:s@lt /\\:%`, "authentication"],
      [`*:*:*:*:`, "authentication"],
      [`*:*:*`, "authentication"],
      ["", "authentication"],
    ] as const).map(([text, verdict]) =>
      row(SALTED, verdict, { home: { ".pgpass": [text, 0o600] } })
    ),
    row(SALTED, "in", { home: { ".pgpass": [ANY, 0o400] } }),
    ...[0o640, 0o604, 0o660, 0o610, 0o601].map((bits) =>
      row(SALTED, "authentication", {
        home: { ".pgpass": [ANY, bits] },
        told: /is not used: others can read it/,
      })
    ),
    row(`${SALTED} passfile=$HOME/other`, "in", { home: { "other": [ANY, 0o600] } }),
    row(`${SALTED} passfile=$HOME/missing`, "authentication", {
      home: { ".pgpass": [ANY, 0o600] },
    }),
    row(`${SALTED} passfile=$HOME`, "authentication", { told: /is not a plain file/ }),
    row(`${SALTED} passfile=$HOME/closed`, "authentication", {
      home: { "closed/file": ["", 0o600] },
      told: /is not a plain file/,
    }),
    row(SALTED, "in", { env: { PGPASSFILE: "$HOME/other" }, home: { "other": [ANY, 0o600] } }),
    row(SALTED, "authentication", {
      env: { PGPASSFILE: "$HOME/other" },
      home: { ".pgpass": [ANY, 0o600] },
    }),
    row(`${SALTED} passfile=$HOME/one`, "in", {
      env: { PGPASSFILE: "$HOME/other" },
      home: { "one": [ANY, 0o600] },
    }),
    row(`${SALTED} password=wrong`, "authentication", { home: { ".pgpass": [ANY, 0o600] } }),
    row(`${SALTED} password=''`, "in", { home: { ".pgpass": [ANY, 0o600] } }),
    row(SALTED, "in", { env: { PGPASSWORD: "" }, home: { ".pgpass": [ANY, 0o600] } }),
    row("host=nowhere hostaddr=127.0.0.1 port=$PLAIN dbname=app user=salted", "in", {
      home: { ".pgpass": ["nowhere:*:*:*:s@lt /\\:%", 0o600] },
    }),
    row("hostaddr=127.0.0.1 port=$PLAIN dbname=app user=salted", "in", {
      home: { ".pgpass": ["127.0.0.1:*:*:*:s@lt /\\:%", 0o600] },
    }),
    row("host=localhost,127.0.0.1 port=$DEAD,$PLAIN dbname=app user=salted", "in", {
      home: { ".pgpass": ["localhost:*:*:*:wrong\n127.0.0.1:*:*:*:s@lt /\\:%", 0o600] },
    }),
    row("host=localhost port=$PLAIN dbname='a b/c' user=salted", "in", {
      home: { ".pgpass": ["*:*:a b/c:*:s@lt /\\:%", 0o600] },
    }),
  ],

  "the service file": [
    ...([
      ["service=shop", "[shop]\nhost=localhost\nport=$PLAIN\nuser=app\ndbname=app\n", "in"],
      ["service=shop", "[shop]\nhost=localhost\nport=$PLAIN\nuser=app", "in"],
      [
        "service=shop user=reader",
        "[shop]\nhost=localhost\nport=$PLAIN\nuser=app\ndbname=app",
        "in",
      ],
      ["service=shop", "# none\n[other]\nhost=x\n [shop] \n host=localhost\r\nport=$PLAIN\n", "in"],
      ["service=shop", "[shop]\nhost=localhost\nport=$PLAIN\nport=1\nuser=app\n", "in"],
      ["service=shop", "[shop]\nhost=localhost\nport=$PLAIN\n[shop]\nuser=nobody\n", "in"],
      ["service=shop", "[shop]\nhost=localhost\nport=$PLAIN\nuser=\ndbname=app\n", "in"],
      ["service=shop", "[shop]\nhost = localhost\n", "settings"],
      ["service=shop", "[shop]\nhost\n", "settings"],
      ["service=shop", "[shop]\nhost=localhost\nnonsense=1\n", "settings"],
      ["service=shop", "[shop]\nhost=localhost\nservice=other\n[other]\nuser=app\n", "settings"],
      ["service=shop", "[shop]\nhost=localhost\nport=$PLAIN\nrequiressl=1\n", "settings"],
      [
        "service=shop",
        "[other]\nnonsense\n[shop]\nhost=localhost\nport=$PLAIN\ndbname=app\n",
        "in",
      ],
      ["service=shop", "[Shop]\nhost=localhost\n", "settings"],
      [
        "service=shop",
        "[shop]\noptions=-c search_path=a,b\nhost=localhost\nport=$PLAIN\ndbname=app",
        "in",
      ],
      [
        "service=shop",
        "[shop]\npassword=s@lt /:%\nuser=salted\ndbname=app\nhost=localhost\nport=$PLAIN",
        "in",
      ],
      [
        "service=shop",
        "\uFEFF[shop]\nhost=localhost\nport=$PLAIN\nuser=app\ndbname=app\n",
        "settings",
      ],
      ["service=none", "[shop]\nhost=localhost\n", "settings"],
      [
        "postgres:///app?service=shop",
        "[shop]\nhost=localhost\nport=$PLAIN\nuser=app\ndbname=x\n",
        "in",
      ],
      [
        "postgres://reader@/?service=shop",
        "[shop]\nhost=localhost\nport=$PLAIN\ndbname=app\n",
        "in",
      ],
    ] as const).map(([string, text, verdict]) =>
      row(string, verdict, { home: { ".pg_service.conf": [text, 0o644] } })
    ),
    row("service=shop", "refused", {
      home: { ".pg_service.conf": ["[shop]\nldap://localhost:1/x?y?z?w\n", 0o644] },
      refused: "settings/unsupported",
    }),
    row(undefined, "in", {
      env: { PGSERVICE: "shop", PGUSER: "nobody", PGHOST: "nowhere.invalid" },
      home: {
        ".pg_service.conf": ["[shop]\nhost=localhost\nport=$PLAIN\nuser=app\ndbname=app", 0o644],
      },
    }),
    row("service=shop", "in", {
      env: { PGSERVICEFILE: "$HOME/services", PGSERVICE: "other" },
      home: { "services": ["[shop]\nhost=localhost\nport=$PLAIN\ndbname=app", 0o644] },
    }),
    row("service=shop", "settings", {
      env: { PGSERVICEFILE: "$HOME/missing" },
      home: { ".pg_service.conf": ["[shop]\nhost=localhost\nport=$PLAIN\ndbname=app", 0o644] },
    }),
    row("service=shop", "in", {
      env: { PGSYSCONFDIR: "$HOME/etc" },
      home: { "etc/pg_service.conf": ["[shop]\nhost=localhost\nport=$PLAIN\ndbname=app", 0o644] },
    }),
    row("service=shop", "in", {
      env: { PGSYSCONFDIR: "$HOME/etc" },
      home: {
        ".pg_service.conf": ["[shop]\nhost=localhost\nport=$PLAIN\ndbname=app", 0o644],
        "etc/pg_service.conf": ["[shop]\nhost=nowhere.invalid\n", 0o644],
      },
    }),
    row("service=shop servicefile=$HOME/services", "in", {
      libpq: 19,
      home: { "services": ["[shop]\nhost=localhost\nport=$PLAIN\ndbname=app", 0o644] },
    }),
    row("service=shop servicefile=$HOME/missing", "settings", { libpq: 19 }),
  ],
};
