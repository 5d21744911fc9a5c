// Pure.
/**
 * Environment variables and files that the program reads besides its arguments and the migrations.
 *
 * @module
 */

/** One or several variables, and their effect. */
export type Entry = readonly [names: string, about: string];

export const VARIABLES: readonly Entry[] = [
  [
    "<NAME>_DATABASE_URL, DATABASE_URL",
    "The server of one database, and of all: a URL or libpq keywords. NAME is the " +
    "database's name in capitals, with _ for every other character than a letter or a " +
    "digit.",
  ],
  [
    "<NAME>_PGHOST, PGHOST, and the like",
    "Every variable that libpq knows, for one database or for all of them.",
  ],
  [
    "<NAME>_DIRECT_URL, DIRECT_URL",
    "A connection that bypasses the pooler.",
  ],
  ["PGSYSCONFDIR", "Where the system's pg_service.conf is."],
  ["SSL_CERT_FILE, SSL_CERT_DIR", "The certificate authorities behind sslrootcert=system."],
  [
    "MIGRATOR_PAGE_TOKEN",
    "The token of the page that serve and background work --listen show; at least 16 characters.",
  ],
  [
    "MIGRATOR_TRUSTED_KEY",
    "A public key (ed25519), as PEM or as a file. Migrations that it has not signed are refused.",
  ],
  ["LOG_LEVEL", "debug, info, warn or error; --verbose is debug, --quiet is warn."],
  ["LOG_FORMAT", "text or json: the format of progress, like --log-format."],
  ["DATABASE_QUERY_LOGGING_ENABLED", "true logs every query, like --log-queries."],
  [
    "NO_COLOR, TERM=dumb, CLICOLOR=0",
    "Turn colours off. By default there are colours when output and errors both go to a " +
    "terminal.",
  ],
  ["CLICOLOR_FORCE, FORCE_COLOR", "Turn colours on, wherever output goes."],
  ["HOME", "Where a user's own files are."],
  ["XDG_CACHE_HOME", "Where the cache is, instead of ~/.cache."],
  [
    "BUN_OPTIONS, BUN_BE_BUN",
    "Bun reads them before the program starts. Trust the environment of the executable.",
  ],
];

export const FILES: readonly Entry[] = [
  ["./migrations", "Migrations, if none are named and the executable carries none."],
  ["./migrator.yaml", "Settings, if none are named and the executable carries none."],
  ["~/.pgpass, ~/.pg_service.conf", "Passwords and services, as libpq reads them."],
  ["~/.cache/migrator", "A prepared copy of embedded PostgreSQL. You may delete it at any time."],
];
