// Pure.
/**
 * Environment variables in values: `${NAME}`, `${NAME:-default}`, and `$$` for a `$`.
 *
 * @module
 */

/** `$$`, or a variable, or what was meant to be one. */
const PATTERN = /\$\$|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-((?:(?!\$\{)[^}])*))?\})?/g;

/** What a value became. */
export type Expansion =
  | { readonly kind: "text"; readonly text: string }
  /** A variable without a default that is not set. */
  | { readonly kind: "unset"; readonly name: string }
  /** A `${` that begins no variable. */
  | { readonly kind: "malformed" };

/** Whether a text means something else than itself. */
export function hasVariables(text: string): boolean {
  return /\$[${]/.test(text);
}

/** As a shell does it: a default stands in for a variable that is empty, too. */
export function expand(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
): Expansion {
  let wrong: Expansion | undefined;
  const expanded = text.replaceAll(PATTERN, (match, name?: string, fallback?: string) => {
    if (match === "$$") return "$";
    if (name === undefined) wrong ??= { kind: "malformed" };
    else if (fallback !== undefined) return environment[name] || fallback;
    else if (environment[name] === undefined) wrong ??= { kind: "unset", name };
    return environment[name ?? ""] ?? "";
  });
  return wrong ?? { kind: "text", text: expanded };
}

/** The text with its variables' defaults, and a stand-in for variables that have none. */
export function withPlaceholders(text: string, standIn: string): string {
  return text.replaceAll(
    PATTERN,
    (match, _name?: string, fallback?: string) => match === "$$" ? "$" : fallback || standIn,
  );
}
