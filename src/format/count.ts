// Pure.
/**
 * Formats numbers for people.
 *
 * @module
 */

/** A whole number with thousands separators: `1,234,567`. */
export function formatNumber(number: number): string {
  return String(Math.round(number)).replaceAll(/\B(?=(\d{3})+$)/g, ",");
}

/**
 * A number with its noun: `1 index`, `3 indexes`, `12,000 rows`.
 *
 * @param many Default: `one` with an s.
 */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}

/** A rate per second with at most four digits: `9.5/s`, `950/s`, `12.3k/s`, `1.2M/s`. */
export function formatRate(rate: number): string {
  if (rate < 10) return `${rate.toFixed(1)}/s`;
  if (rate < 1_000) return `${Math.round(rate)}/s`;
  if (rate < 1_000_000) return `${(rate / 1_000).toFixed(1)}k/s`;
  return `${(rate / 1_000_000).toFixed(1)}M/s`;
}
