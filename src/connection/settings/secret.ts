// Pure.
/**
 * Passwords: values that are for the wire only.
 *
 * @module
 */

/** Every secret that this process holds. One that nobody can use any more leaves by itself. */
const held = new Set<WeakRef<Secret>>();

/** A value that must never be printed: `String(secret)` and JSON give `***`. */
export class Secret {
  readonly #value: string;

  /** From here on `redactServerText` hides the value. */
  constructor(value: string) {
    this.#value = value;
    held.add(new WeakRef(this));
  }

  /** The value itself. For the wire only. */
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
