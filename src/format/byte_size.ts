// Pure.
/**
 * Parses sizes as PostgreSQL's settings write them, and formats sizes for people.
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

/**
 * Formats bytes for people, in powers of 1024 as PostgreSQL does: `512 bytes`, `3.4 GB`, `850 kB`.
 */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_024;
    unit++;
  }
  return `${unit > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}
