// Pure.
/**
 * What the program reads besides its arguments and the migrations.
 *
 * @module
 */

/** A variable or several, and what is done with them. */
export type Entry = readonly [names: string, about: string];

export const VARIABLES: readonly Entry[] = [
  [
    "<NAME>_DATABASE_URL, DATABASE_URL",
    "The server of one database, and of all of them: a URL or libpq's keywords. NAME is the " +
    "database's in capitals, with _ for what is neither letter nor digit.",
  ],
  [
    "<NAME>_PGHOST, PGHOST, and the like",
    "Every variable that libpq knows, for one database or for all of them.",
  ],
  [
    "<NAME>_DIRECT_URL, DIRECT_URL",
    "A way around the pooler that the server's URL leads to.",
  ],
  ["PGSYSCONFDIR", "Where the system's pg_service.conf is."],
  ["SSL_CERT_FILE, SSL_CERT_DIR", "The certificate authorities behind sslrootcert=system."],
  ["LOG_LEVEL", "debug, info, warn or error; --verbose is debug, --quiet is warn."],
  ["LOG_FORMAT", "text or json: the form of progress, as --log-format says it."],
  ["DATABASE_QUERY_LOGGING_ENABLED", "true tells of every query, as --log-queries does."],
  [
    "NO_COLOR, TERM=dumb, CLICOLOR=0",
    "No colours. Without these there are some when output and errors both go to a terminal.",
  ],
  ["CLICOLOR_FORCE, FORCE_COLOR", "Colours wherever output goes."],
  ["HOME", "Where a user's own files are."],
  ["XDG_CACHE_HOME", "Where the cache is, instead of ~/.cache."],
  [
    "BUN_OPTIONS, BUN_BE_BUN",
    "Act on the executable before it begins: its environment must be trusted.",
  ],
];

export const FILES: readonly Entry[] = [
  ["./migrations", "Migrations, where none are named and the executable carries none."],
  ["./migrator.yaml", "Settings, where none are named and the executable carries none."],
  ["~/.pgpass, ~/.pg_service.conf", "Passwords and services, as libpq reads them."],
  ["~/.cache/migrator", "Embedded PostgreSQL, prepared; it may be deleted at any time."],
];
