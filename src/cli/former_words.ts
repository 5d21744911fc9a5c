// Pure.
/**
 * What other migration tools call things.
 *
 * @module
 */

/** An answer to a word of another tool: a sentence, and what to type here. */
export interface Answer {
  readonly sentence: string;
  readonly hint: string;
}

const ANSWERS: Readonly<Record<string, Answer>> = {
  migrate: { sentence: "Here it is called up.", hint: "migrator up" },
  goto: {
    sentence: "Here the way has a direction.",
    hint: "migrator up --target VERSION, or migrator down --target VERSION",
  },
  upto: { sentence: "Here it is an option of up.", hint: "migrator up --target VERSION" },
  rollback: { sentence: "Here it is called undo, or down.", hint: "migrator undo --db NAME" },
  create: { sentence: "Here it is called add.", hint: 'migrator add "what it does" --db NAME' },
  new: { sentence: "Here it is called add.", hint: 'migrator add "what it does" --db NAME' },
  "add-log": {
    sentence: "Here it is called log add.",
    hint: 'migrator log add VERSION --up --reason "…" --db NAME',
  },
  unlock: {
    sentence: "There is nothing to unlock: the lock ends with the session that holds it.",
    hint: "migrator up",
  },
  init: { sentence: "Nothing needs to be set up: up does it.", hint: "migrator up" },
  drop: {
    sentence: "There will be none: nothing here deletes a database.",
    hint: "To take migrations back: migrator down N --db NAME",
  },
};

/** What to say to somebody who types the word of another tool; undefined for other words. */
export function formerWord(word: string): Answer | undefined {
  return Object.hasOwn(ANSWERS, word) ? ANSWERS[word] : undefined;
}

const OPTIONS: Readonly<Record<string, string>> = {
  "--path": "--migrations",
  "--source": "--migrations",
  "--dsn": "--database-url",
  "--schema": "--db",
  "--privileged-hash": "--confirm",
};

/** Our option for another tool's; the same text when it is none. */
export function formerOption(option: string): string {
  return (Object.hasOwn(OPTIONS, option) ? OPTIONS[option] : undefined) ?? option;
}
