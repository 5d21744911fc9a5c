// Pure.
/**
 * Every reason to stop: a stable code, the exit status of its family, what was attempted and found,
 * and the next command to type.
 *
 * Codes and exit statuses are promises to scripts: they are only ever added to.
 *
 * @module
 */

import type { Code, CodeOf } from "./error_code.ts";

export type { Code, CodeOf };

/** What each family of codes means to the caller's shell. */
export const EXIT = {
  done: 0,
  finding: 1,
  usage: 2,
  connection: 3,
  definition: 4,
  history: 5,
  lock: 6,
  sql: 7,
  background: 8,
  defect: 70,
  /** All was done, but not all of it could be told: the disk behind standard output is full. */
  output: 74,
  interrupted: 130,
  terminated: 143,
} as const;

/** The exit status of each family of codes. */
export const EXIT_OF_FAMILY = {
  usage: EXIT.usage,
  settings: EXIT.usage,
  connection: EXIT.connection,
  definition: EXIT.definition,
  graph: EXIT.definition,
  source: EXIT.definition,
  bundle: EXIT.definition,
  plan: EXIT.usage,
  release: EXIT.definition,
  history: EXIT.history,
  lock: EXIT.lock,
  sql: EXIT.sql,
  background: EXIT.background,
  shadow: EXIT.sql,
  drift: EXIT.finding,
  squash: EXIT.definition,
  status: EXIT.finding,
  interrupted: EXIT.interrupted,
  defect: EXIT.defect,
} as const satisfies Record<FamilyOf<Code>, number>;

/** The part of a code before the slash. */
export type Family = keyof typeof EXIT_OF_FAMILY;

type FamilyOf<C extends string> = C extends `${infer F}/${string}` ? F : never;

/** The family of a code. */
export function familyOf(code: Code): Family {
  return code.slice(0, code.indexOf("/")) as Family;
}

/** The exit status that a failure with this code asks for. */
export function exitOf(code: Code): number {
  return code === "interrupted/terminated" ? EXIT.terminated : EXIT_OF_FAMILY[familyOf(code)];
}

/** A place in a file: 1-based line and column, columns counted in characters. */
export interface Place {
  /** The path, as messages print it. */
  readonly file: string;
  /** From 1. */
  readonly line?: number;
  /** From 1, in characters. */
  readonly column?: number;
}

/** What may accompany a failure. No secret may ever be put here. */
export interface FailureDetails {
  /** The next thing to do, as a sentence or a command. */
  readonly hint?: string;
  /** Where in the migration files. */
  readonly place?: Place;
  /** Anything a program may want to read, printed under `facts` with `--json`. */
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * The one class that this project throws on purpose. Anything else that reaches the command line is
 * a defect, printed with its stack, and exits 70.
 */
export class Failure extends Error {
  /** The name of the class. */
  override readonly name = "Failure";
  /** Stable: `graph/cycle`. */
  readonly code: Code;
  /** The next thing to do: a sentence or a command. */
  readonly hint: string | undefined;
  /** Where in the migration files. */
  readonly place: Place | undefined;
  /** Data about the failure for programs; never a secret. */
  readonly facts: Readonly<Record<string, unknown>>;

  /**
   * Makes a failure; it is not thrown here.
   *
   * @param code Stable; `migrator help CODE` says more about it.
   * @param message What was attempted and the state found, in one or more sentences.
   */
  constructor(code: Code, message: string, details: FailureDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.place = details.place;
    this.facts = details.facts ?? {};
  }

  /** The exit status that this failure asks for. */
  get exit(): number {
    return exitOf(this.code);
  }
}

/** Several definitions can be wrong at once: all of them are reported, not just the first. */
export class Failures extends Error {
  /** The name of the class. */
  override readonly name = "Failures";
  /** All of them, in the order in which they were found. */
  readonly failures: readonly [Failure, ...Failure[]];

  /** Collects failures, in the order of files. */
  constructor(failures: readonly [Failure, ...Failure[]]) {
    super(failures.map((f) => f.message).join("\n"));
    this.failures = failures;
  }

  /** The exit status of the gravest. */
  get exit(): number {
    return gravestFirst(this.failures)[0]?.exit ?? EXIT.defect;
  }
}

/**
 * Exit statuses, the gravest first. A program that repeats a command after a refused connection must
 * not repeat it where something else needs a person.
 */
export const GRAVITY: readonly number[] = [
  EXIT.defect,
  EXIT.history,
  EXIT.sql,
  EXIT.background,
  EXIT.definition,
  EXIT.usage,
  EXIT.output,
  EXIT.finding,
  EXIT.terminated,
  EXIT.interrupted,
  EXIT.lock,
  EXIT.connection,
];

/** The failures by gravity; those of one exit status stay in their order. */
export function gravestFirst(failures: readonly Failure[]): readonly Failure[] {
  return failures.toSorted((a, b) => GRAVITY.indexOf(a.exit) - GRAVITY.indexOf(b.exit));
}

/**
 * The failures that an error stands for, to be collected while others are tried.
 *
 * @throws The error itself, where it is neither: a defect.
 */
export function failuresIn(error: unknown): readonly Failure[] {
  if (error instanceof Failures) return error.failures;
  if (error instanceof Failure) return [error];
  throw error;
}

/**
 * The failures of one database of several: each has its name in the text (`shop: …`) and in the facts.
 * A signal stops the program, not a database, and stays as it is.
 *
 * @throws As `failuresIn`.
 */
export function failuresInDatabase(error: unknown, database: string): readonly Failure[] {
  const prefix = `${database}: `;
  return failuresIn(error).map((failure) => {
    const { code, message, hint, place, facts, cause } = failure;
    if (familyOf(code) === "interrupted") return failure;
    return new Failure(code, message.startsWith(prefix) ? message : prefix + message, {
      ...(hint === undefined ? {} : { hint }),
      ...(place === undefined ? {} : { place }),
      facts: { database, ...facts },
      cause,
    });
  });
}

/** Throws what was collected: nothing, the one failure itself, or all of them together. */
export function throwCollected(failures: readonly Failure[]): void {
  const [first, ...rest] = failures;
  if (first === undefined) return;
  if (rest.length === 0) throw first;
  throw new Failures([first, ...rest]);
}

/** `frontend/1_init/up.sql:3:7`, as editors and terminals understand it. */
export function formatPlace(place: Place): string {
  let text = place.file;
  if (place.line !== undefined) text += `:${place.line}`;
  if (place.line !== undefined && place.column !== undefined) text += `:${place.column}`;
  return text;
}
