// Pure.
/**
 * Times as PostgreSQL writes them in its settings.
 *
 * @module
 */

const MILLISECONDS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** The most that PostgreSQL takes for a timeout. */
const LARGEST = 2 ** 31 - 1;

/**
 * Milliseconds: `2s`, `500ms`, `5min`, `1.5 h`; a number without a unit is milliseconds.
 *
 * @returns A whole number, or undefined when the text is none of these or PostgreSQL would refuse it.
 */
export function parseDuration(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*(us|ms|s|min|h|d)?\s*$/.exec(text);
  if (match === null) return undefined;
  const milliseconds = Math.round(Number(match[1]) * MILLISECONDS[match[2] ?? "ms"]!);
  return milliseconds <= LARGEST ? milliseconds : undefined;
}
