// Pure.
/**
 * Secrets: values that are sent to a server and never printed.
 *
 * @module
 */

/** Every secret that this process holds; an unreachable one is garbage-collected. */
const held = new Set<WeakRef<Secret>>();

/** A value that must never be printed: `String(secret)` and JSON give `***`. */
export class Secret {
  readonly #value: string;

  /** Registers the value, so that `redactServerText` hides it. */
  constructor(value: string) {
    this.#value = value;
    held.add(new WeakRef(this));
  }

  /** The value itself; only for sending it. */
  reveal(): string {
    return this.#value;
  }

  /** `***`. */
  toString(): string {
    return "***";
  }

  /** `***`. */
  toJSON(): string {
    return "***";
  }
}

/** The values of all secrets that this process holds, the longest first. */
export function heldSecrets(): readonly string[] {
  const values = new Set<string>();
  for (const reference of held) {
    const value = reference.deref()?.reveal();
    if (value === undefined) held.delete(reference);
    else if (value !== "") values.add(value);
  }
  return [...values].sort((a, b) => b.length - a.length);
}
