// Pure.
/**
 * Pages about settings.
 *
 * @module
 */

import type { CodeOf } from "../error_code.ts";
import type { ErrorPage } from "./error_page.ts";

/** Settings that are missing, cannot be read, or contradict each other. */
export const SETTINGS_ERRORS = {
  "settings/no-database": {
    title: "Nothing says where the database is",
    cause:
      "Neither an option, nor an environment variable, nor `migrator.yaml` names a server for " +
      "this database. No server is guessed, and no embedded database is used unless it is asked " +
      "for.",
    steps: [
      ["See which settings count, and where each comes from.", "migrator config"],
      ["Name the server.", "migrator status --database-url postgres://app@db.example:5432/shop"],
      [
        "To try things without a server, use an embedded database.",
        "migrator up --database-url pglite:./try",
      ],
    ],
    retry: "no",
  },
  "settings/several-urls": {
    title: "One database is given two URLs",
    cause: "`--database-url` or `--direct-url` is given more than once for the same database.",
    steps: [
      [
        "Say which URL belongs to which database.",
        "migrator status --database-url shop=postgres://db.example/shop --database-url " +
        "other=postgres://db.example/other",
      ],
    ],
    retry: "no",
  },
  "settings/unknown-database": {
    title: "A setting names no database of the product",
    cause:
      "A URL of the form `NAME=URL` names a database for which there are no migrations, or a " +
      "key under `databases:` in `migrator.yaml` is nearly the name of a database, and is taken " +
      "for a misspelling.",
    steps: [
      ["See which databases there are.", "migrator config"],
      ["Correct the name."],
    ],
    retry: "no",
  },
  "settings/unreadable-url": {
    title: "A connection string cannot be read",
    cause:
      "The URL or keyword string is not written as PostgreSQL's client library reads it. The " +
      "message names where it was found, and quotes nothing that could be a password.",
    steps: [
      [
        "Percent-encode special characters of a password in a URL: `@` is `%40`, `/` is `%2F`, " +
        "`:` is `%3A`. Or leave the password out, and use PGPASSWORD or a pass file.",
      ],
      ["See which settings count.", "migrator config"],
    ],
    retry: "no",
  },
  "settings/unknown-rule": {
    title: "migrator.yaml names a rule that lint does not have",
    cause:
      "The mapping `lint` has the code of a rule, or the name of a family of rules, for its key.",
    steps: [["See all rules, by family.", "migrator help lint/"]],
    retry: "no",
  },
  "settings/unknown-parameter": {
    title: "A connection string has an unknown parameter",
    cause:
      "The connection string, or a line of the service file, has a parameter that PostgreSQL's " +
      "client library does not know.",
    steps: [
      [
        "Correct the name, or leave it out. A setting of the server is written as " +
        "`options=-cname=value`.",
      ],
    ],
    retry: "no",
  },
  "settings/invalid-value": {
    title: "A connection setting has a value that cannot be used",
    cause:
      "A parameter of the connection string, a PG variable or a line of the service file has a " +
      "value that PostgreSQL's client library would refuse, or two settings contradict each " +
      "other.",
    steps: [
      ["Correct the value as the message says."],
      ["See which settings count, and where each comes from.", "migrator config"],
    ],
    retry: "no",
  },
  "settings/unsupported": {
    title: "A connection setting cannot be honoured",
    cause:
      "The setting is one that PostgreSQL's client library knows and migrator cannot do, such " +
      "as GSSAPI, channel binding that is required, or lists of revoked certificates. It is " +
      "refused, because leaving it out in silence would weaken what was asked for.",
    steps: [
      [
        "Use the setting that the message names instead, or take this one out of the URL, the " +
        "environment or the service file.",
      ],
    ],
    retry: "no",
  },
  "settings/no-password": {
    title: "The application's function gave no password",
    cause:
      "An application gives a function for the password, which is called for every connection. It " +
      "threw an error, or gave nothing within 30 seconds. No connection was opened.",
    steps: [
      ["Look at the error's cause, and at the service that hands out the passwords."],
    ],
    retry: "yes",
  },
  "settings/no-user": {
    title: "There is no role to log in as",
    cause:
      "The settings name no role, and the operating system has no name for the user who runs " +
      "the command. This happens in containers with a numeric user.",
    steps: [
      [
        "Name the role in the URL, as in `postgres://ROLE@host/database`, or set PGUSER.",
        "export PGUSER=app",
      ],
    ],
    retry: "no",
  },
  "settings/service-file": {
    title: "The service file cannot be used",
    cause: "The file that PGSERVICEFILE names does not exist, or a line of the service cannot be " +
      "read: it has no `=`, or it names another service.",
    steps: [
      [
        "Check the file. Each line is `parameter=value`, without blanks around the `=`.",
        'echo "$PGSERVICEFILE"',
      ],
    ],
    retry: "no",
  },
  "settings/unknown-service": {
    title: "The service is in no service file",
    cause:
      "A service was asked for by PGSERVICE or `service=`, and none of the service files has a " +
      "section of that name. The message lists the files.",
    steps: [
      ["Add the section `[SERVICE]` to one of the files, or name another file with PGSERVICEFILE."],
    ],
    retry: "no",
  },
  "settings/no-config-file": {
    title: "The settings file cannot be read",
    cause: "`--config` names a path that is not a file, or `migrator.yaml` exists and cannot be " +
      "read.",
    steps: [
      ["Check the path and the permissions.", "ls -l migrator.yaml"],
      [
        "Name another file, or leave the option out.",
        "migrator config --config path/to/migrator.yaml",
      ],
    ],
    retry: "no",
  },
  "settings/unreadable-file": {
    title: "migrator.yaml is not valid YAML",
    cause: "The settings file cannot be parsed. The message has the line and column.",
    steps: [
      [
        "Correct the YAML at that place. A value that begins with a special character needs " +
        "quotation marks.",
      ],
      ["Check it.", "migrator config"],
    ],
    retry: "no",
  },
  "settings/unknown-key": {
    title: "migrator.yaml has an unknown key",
    cause: "The key is misspelt, or it stands under `databases:` although it holds for the whole " +
      "project.",
    steps: [
      [
        "Correct the key. The JSON Schema lists all of them, for editors.",
        "migrator config --schema",
      ],
    ],
    retry: "no",
  },
  "settings/duplicate-key": {
    title: "migrator.yaml has a key twice",
    cause: "The same key stands twice in one mapping, so that it is not clear which value counts.",
    steps: [
      ["Remove one of the two."],
    ],
    retry: "no",
  },
  "settings/wrong-type": {
    title: "migrator.yaml has a value of the wrong kind",
    cause: "A value is not of the kind that its key takes: a word where a list is wanted, a time " +
      "that cannot be read, or a mapping in a wrong place.",
    steps: [
      [
        "Write what the message asks for. The JSON Schema has every key and its kind.",
        "migrator config --schema",
      ],
    ],
    retry: "no",
  },
  "settings/unset-variable": {
    title: "migrator.yaml needs a variable that is not set",
    cause: "A value holds `${NAME}`, and the environment has no variable of that name.",
    steps: [
      [
        "Set the variable for the process that runs migrator, or give a default in the file: " +
        "`${NAME:-default}`.",
      ],
    ],
    retry: "no",
  },
  "settings/bad-variable": {
    title: "migrator.yaml has a malformed variable",
    cause: "A value holds `${` that does not begin a variable, or a variable stands inside the " +
      "default of another one.",
    steps: [
      [
        "Write `${NAME}` or `${NAME:-default}`. Two dollar signs stand for one: `$${` is `${` " +
        "itself.",
      ],
    ],
    retry: "no",
  },
  "settings/unreadable-switch": {
    title: "A switch in the environment is neither yes nor no",
    cause: "A variable that switches something on or off, such as RUN_DATABASE_MIGRATIONS, has a " +
      "value that is neither. The application does not guess.",
    steps: [
      ["Set it to `true` or `false`.", "export RUN_DATABASE_MIGRATIONS=true"],
    ],
    retry: "no",
  },
  "settings/embedded-direct-url": {
    title: "The direct URL names an embedded database",
    cause:
      "A direct URL is a way around a connection pooler. An embedded database has no pooler in " +
      "front of it.",
    steps: [
      ["Leave the direct URL out, or give the URL of the server behind the pooler."],
    ],
    retry: "no",
  },
  "settings/direct-url-differs": {
    title: "The direct URL leads to another database",
    cause:
      "The database behind the direct URL is not the one behind the pooler: the server or the " +
      "database differs. Nothing was run.",
    steps: [
      ["Compare the two.", "migrator config"],
      [
        "Correct `--direct-url`, NAME_DIRECT_URL or DIRECT_URL, so that it names the server " +
        "that the pooler itself connects to.",
      ],
    ],
    retry: "no",
  },
  "settings/needs-direct-url": {
    title: "A migration cannot run through this pooler",
    cause:
      "The pooler gives each transaction another session of the server, and a pending migration " +
      "depends on one session: it runs outside a transaction, or sets something for its " +
      "session. Nothing was run.",
    steps: [
      [
        "Give the URL of the server itself, around the pooler.",
        "migrator up --direct-url NAME=postgres://db.example:5432/shop",
      ],
      ["Or connect through a pool in session mode."],
      [
        "Where the migration only sets something, write it so that it ends with the " +
        "transaction: `SET LOCAL`, `set_config(…, true)`, `pg_advisory_xact_lock`.",
      ],
    ],
    retry: "no",
  },
  "settings/listen": {
    title: "The HTTP address cannot be listened at",
    cause:
      "`serve` or `background work --listen` could not open its HTTP address: another process has the " +
      "port, or the address is not one of this host.",
    steps: [
      ["See who has the port.", "ss -ltnp"],
      ["Give each process of a host a port of its own.", "migrator background work --listen :9188"],
    ],
    retry: "no",
  },
  "settings/page-token": {
    title: "The token of the page can be guessed",
    cause:
      "The file of `--token-file`, or the variable MIGRATOR_PAGE_TOKEN, holds a token that is " +
      "short or has spaces. Whoever guesses it may use the page.",
    steps: [
      ["Make a token that nobody can guess.", "openssl rand -base64 24"],
      ["Or give none: the server makes one and prints it.", "migrator serve --allow-changes"],
    ],
    retry: "no",
  },
} satisfies Partial<Record<CodeOf<"settings">, ErrorPage>>;
