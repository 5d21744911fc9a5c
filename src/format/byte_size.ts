// Pure.
/**
 * Amounts of memory as PostgreSQL writes them in its settings.
 *
 * @module
 */

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** Bytes: `256MB`, `1.5 GB`; a number without a unit is bytes. Undefined for anything else. */
export function parseByteSize(text: string): number | undefined {
  const [, amount, unit = "B"] = /^\s*(\d+(?:\.\d+)?)\s*(B|kB|MB|GB|TB)?\s*$/.exec(text) ?? [];
  if (amount === undefined) return undefined;
  const bytes = Math.round(Number(amount) * 1024 ** UNITS.indexOf(unit));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
