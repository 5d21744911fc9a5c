// Pure.
/**
 * Commands of other migration tools, and their equivalents.
 *
 * @module
 */

/** The answer to another tool's command: a sentence, and what to type here. */
export interface AliasAnswer {
  readonly sentence: string;
  readonly hint: string;
}

const ADD = {
  sentence: "Here it is called add.",
  hint: 'migrator add "what it does" --db NAME',
};
const APPLIED = {
  sentence: "Here it is called log add.",
  hint: 'migrator log add VERSION --up --reason "…" --db NAME',
};
const DOWN = {
  sentence: "Here it is called undo, or down.",
  hint: "migrator undo --db NAME",
};
const DOWNTO = {
  sentence: "Here it is called downto.",
  hint: "migrator downto VERSION --db NAME",
};
const DROP = {
  sentence: "There is no such command: this program never deletes a database.",
  hint: "To take migrations back: migrator down N --db NAME",
};
const STATUS = { sentence: "Here it is called status.", hint: "migrator status" };
const UNLOCK = {
  sentence: "There is nothing to unlock: the lock ends with the session that holds it.",
  hint: "See who that is: migrator lock",
};
const UP = { sentence: "Here it is called up.", hint: "migrator up" };
const UPTO = {
  sentence: "Here it is an option of up.",
  hint: "migrator up --target VERSION",
};

const ANSWERS: Readonly<Record<string, AliasAnswer>> = {
  migrate: UP,
  deploy: UP,
  "up-by-one": UP,
  upto: UPTO,
  "up-to": UPTO,
  goto: {
    sentence: "Here goto is split into up and down.",
    hint: "migrator up --target VERSION, or migrator down --target VERSION",
  },
  revert: DOWN,
  downgrade: {
    sentence: "Here it is called downto, and for a whole release rollback.",
    hint: DOWNTO.hint,
  },
  "down-to": DOWNTO,
  create: ADD,
  "create-go": ADD,
  "create-sql": ADD,
  "create-tx-sql": ADD,
  generate: ADD,
  new: ADD,
  revision: ADD,
  "add-log": APPLIED,
  "mark-applied": APPLIED,
  stamp: APPLIED,
  baseline: {
    sentence: "Here log add records each migration as applied.",
    hint: APPLIED.hint,
  },
  current: STATUS,
  history: STATUS,
  info: STATUS,
  list: STATUS,
  heads: { sentence: "Here they are called leaves.", hint: "migrator leaves" },
  visualize: { sentence: "Here it is called graph.", hint: "migrator graph" },
  show: { sentence: "Here it is called describe.", hint: "migrator describe VERSION" },
  unlock: UNLOCK,
  "release-locks": UNLOCK,
  init: { sentence: "Nothing needs to be set up: up does it.", hint: "migrator up" },
  clean: DROP,
  drop: DROP,
  reset: DROP,
};

/** Every command that has an answer. */
export const COMMAND_ALIASES: readonly string[] = Object.keys(ANSWERS);

/**
 * The answer to another tool's command; undefined for other words.
 *
 * @param rest The words after it; a version and a database are copied into the hint.
 */
export function commandAlias(word: string, rest: readonly string[]): AliasAnswer | undefined {
  const plain = word.toLowerCase().replaceAll("_", "-");
  if (!Object.hasOwn(ANSWERS, plain)) return undefined;
  const { sentence, hint } = ANSWERS[plain]!;
  const [, name] = /(?:^| )--?db[= ](\w+)/.exec(rest.join(" ")) ?? [];
  const version = rest.map((one) => /^(?:--?\w+=)?(\d{1,19})$/.exec(one)?.[1]).find(Boolean);
  return {
    sentence,
    hint: hint.replaceAll("VERSION", version ?? "VERSION").replaceAll("NAME", name ?? "NAME"),
  };
}

const OPTIONS: Readonly<Record<string, string>> = {
  "--database": "--database-url",
  "--dir": "--migrations",
  "--dsn": "--database-url",
  "--format": "--json",
  "--output": "--json",
  "--path": "--migrations",
  "--privileged-hash": "--confirm",
  "--schema": "--db",
  "--source": "--migrations",
  "--to": "--target",
  "--url": "--database-url",
  "--v": "--verbose",
};

/** The equivalent of another tool's option; the same text when there is none. */
export function optionAlias(option: string): string {
  return (Object.hasOwn(OPTIONS, option) ? OPTIONS[option] : undefined) ?? option;
}
