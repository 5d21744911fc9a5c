// Pure.
/**
 * Pages about connections.
 *
 * @module
 */

import type { CodeOf } from "../error_code.ts";
import type { ErrorPage } from "./error_page.ts";

/** The server was not reached, or the connection was lost. */
export const CONNECTION_ERRORS = {
  "connection/refused": {
    title: "Nobody listens at the address",
    cause:
      "The host was reached, and it refused the connection: the server is not running, listens " +
      "on another address or port, or has no socket in that directory.",
    steps: [
      ["Ask whether a server is there.", "pg_isready -h HOST -p 5432"],
      ["See which server migrator asks.", "migrator config"],
    ],
    retry: "later",
  },
  "connection/unreachable": {
    title: "No route leads to the server",
    cause: "The network has no way to the address.",
    steps: [
      ["Check the address and the network.", "migrator config", "pg_isready -h HOST -p 5432"],
    ],
    retry: "later",
  },
  "connection/timeout": {
    title: "The server did not answer in time",
    cause:
      "Nothing answered the attempt to connect within `connect_timeout`. Often a firewall drops " +
      "the packets, or the address is wrong.",
    steps: [
      ["Check the address, the port and the firewall.", "pg_isready -h HOST -p 5432"],
      ["A slow network may need more time: add `connect_timeout=30` to the URL."],
    ],
    retry: "later",
  },
  "connection/host-not-found": {
    title: "The host name has no address",
    cause: "The name service does not know the name of the server.",
    steps: [
      ["Ask the name service.", "getent hosts HOST"],
      ["See which name is used.", "migrator config"],
    ],
    retry: "later",
  },
  "connection/lost": {
    title: "The connection was lost",
    cause: "The connection to the server ended while it was in use: the server was stopped, the " +
      "session was terminated, or the network failed. What became of the statement under way " +
      "was looked up where that was possible, and the message says so.",
    steps: [
      ["See where the database stands.", "migrator status --db NAME"],
      ["Run the same command again: it looks at what was done, and goes on from there."],
    ],
    retry: "yes",
  },
  "connection/protocol": {
    title: "What answers is not PostgreSQL, or not intact",
    cause:
      "The program at the other end sent bytes that PostgreSQL's protocol does not allow, or " +
      "answered a query as no PostgreSQL server does. The connection was given up.",
    steps: [
      ["Check the host and the port.", "migrator config"],
      ["Check what stands between here and the server: proxies, load balancers, tunnels."],
      ["Then run the same command again: it looks at what was done."],
    ],
    retry: "no",
  },
  "connection/no-answer": {
    title: "The server let us in, but did not answer",
    cause: "The connection was accepted, and the first query got no answer in time. A connection " +
      "pooler does that while it has no free connection to the server.",
    steps: [
      ["Look at the pooler's limits and waits: `pool_size`, `SHOW POOLS` on its admin console."],
      ["Or go around the pooler.", "migrator up --direct-url NAME=postgres://db.example:5432/shop"],
    ],
    retry: "later",
  },
  "connection/starting": {
    title: "The server is starting, stopping or recovering",
    cause: "PostgreSQL answered that it does not accept connections at present (SQLSTATE 57P03).",
    steps: [
      [
        "Wait until it is ready.",
        "pg_isready -h HOST -p 5432",
        "migrator wait --for server --timeout 5min",
      ],
    ],
    retry: "later",
  },
  "connection/too-many": {
    title: "The server, or the pooler, has no free connection",
    cause: "All connections are taken (SQLSTATE 53300), or the pooler has none to give.",
    steps: [
      ["See how many there are, and who has them.", "migrator doctor"],
      [
        "Wait until others end, raise `max_connections` or the pooler's `pool_size`, or wait " +
        "longer.",
        "migrator up --lock-wait 15min",
      ],
    ],
    retry: "later",
  },
  "connection/authentication": {
    title: "The server does not accept the role or its password",
    cause: "The password is wrong or missing, or pg_hba.conf does not let this role in from this " +
      "host. A pooler may refuse the role too.",
    steps: [
      ["See which role is used, and where its settings come from.", "migrator config"],
      ["Check PGPASSWORD, the pass file or the URL. Ask whoever runs the server about pg_hba.conf."],
    ],
    retry: "no",
  },
  "connection/no-such-database": {
    title: "The PostgreSQL database does not exist",
    cause: "The server has no database of that name, or the pooler does not list it.",
    steps: [
      ["Check the name.", "migrator config"],
      ["If it is right, the database has to be created first.", "createdb shop"],
    ],
    retry: "later",
  },
  "connection/not-permitted": {
    title: "The role may not connect to the database",
    cause: "The role lacks the right CONNECT on the database (SQLSTATE 42501).",
    steps: [
      [
        "Let the owner of the database, or an administrator, run:",
        "GRANT CONNECT ON DATABASE shop TO app;",
      ],
    ],
    retry: "no",
  },
  "connection/refused-by-server": {
    title: "The server refused the connection",
    cause: "The server or a pooler answered with an error while the connection was opened. The " +
      "message quotes it with its SQLSTATE.",
    steps: [
      ["Read the log of the server, or of the pooler, for the whole story."],
      ["See which server is asked.", "migrator config"],
    ],
    retry: "later",
  },
  "connection/startup-parameter": {
    title: "A pooler refuses a setting of the connection",
    cause:
      "The connection sends a setting such as `options`, DateStyle or TimeZone when it starts, " +
      "and a pooler in between does not allow it.",
    steps: [
      ["Take the setting out of the URL, PGOPTIONS, PGDATESTYLE, PGTZ or PGGEQO."],
      [
        "Or list it in the pooler's `ignore_startup_parameters`, or go around the pooler.",
        "migrator up --direct-url NAME=postgres://db.example:5432/shop",
      ],
    ],
    retry: "no",
  },
  "connection/read-only": {
    title: "The server can only be read",
    cause: "The server is a standby, or every transaction begins read-only " +
      "(`default_transaction_read_only`). Nothing was changed.",
    steps: [
      ["Connect to the primary, or name several hosts with `target_session_attrs=read-write`."],
      ["See which server is asked.", "migrator config"],
    ],
    retry: "later",
  },
  "connection/target-session": {
    title: "No server of the wanted kind was found",
    cause: "A server was reached, but it is not what `target_session_attrs` asks for, such as " +
      "`read-write` or `primary`.",
    steps: [
      ["Check the list of hosts and `target_session_attrs`.", "migrator config"],
      [
        "During a failover, wait until a new primary is there.",
        "migrator wait --for server --timeout 5min",
      ],
    ],
    retry: "later",
  },
  "connection/tls": {
    title: "TLS could not be agreed on",
    cause:
      "The certificate could not be verified, the server does not speak TLS although `sslmode` " +
      "demands it, or it wants a certificate of the client.",
    steps: [
      [
        "Check `sslmode`, and the certificate authority that `sslrootcert` names.",
        "migrator config",
      ],
      [
        "Do not lower `sslmode` to get past this: find out which certificate the server shows, " +
        "and who signed it.",
        "openssl s_client -starttls postgres -connect HOST:5432",
      ],
    ],
    retry: "no",
  },
  "connection/interrupted": {
    title: "Connecting was interrupted",
    cause: "The command was stopped while it opened a connection.",
    steps: [
      ["Run the same command again."],
    ],
    retry: "yes",
  },
  "connection/embedded": {
    title: "The embedded database cannot be opened",
    cause:
      "The directory cannot be used for embedded PostgreSQL: it is not one of its directories, " +
      "belongs to a PostgreSQL server, or the engine did not start. Nothing in it was changed.",
    steps: [
      ["If a server owns the directory, connect to that server instead."],
      [
        "Or name a directory that does not exist yet.",
        "migrator up --database-url pglite:./another",
      ],
    ],
    retry: "no",
  },
  "connection/embedded-in-use": {
    title: "Another process has the embedded database open",
    cause:
      "An embedded database can be open in one process at a time. The message names the process " +
      "and its host.",
    steps: [
      ["See what the process is, and wait for it to end.", "ps -fp PID"],
      [
        "Only if the host that is named is gone for good: remove the lock file that the message " +
        "names, and run the same command again.",
      ],
    ],
    retry: "later",
  },
} satisfies Partial<Record<CodeOf<"connection">, ErrorPage>>;
