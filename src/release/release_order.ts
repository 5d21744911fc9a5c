// Pure.
/**
 * The order of releases by their tags.
 *
 * @module
 */

/** A tag that can be the name of a file: `v1.4.0`, `2026-11-30`, `shop-2.0.0-rc.1`. */
const TAG = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$/;

/** Whether a text can be the tag of a release. */
export function isTag(text: string): boolean {
  return TAG.test(text) && !text.endsWith(".");
}

interface TagParts {
  readonly numbers: readonly number[];
  /** What follows the numbers, as in `-rc.1`; empty for a final release. */
  readonly suffix: string;
}

/**
 * Compares tags by the numbers in them, as Semantic Versioning does: 1.9 comes before 1.10, and
 * 2.0.0-rc.1 before 2.0.0. A word before the numbers (`v`, `shop-`) does not count.
 */
export function compareTags(a: string, b: string): number {
  const left = partsOf(a);
  const right = partsOf(b);
  const length = Math.max(left.numbers.length, right.numbers.length);
  for (let i = 0; i < length; i++) {
    const difference = (left.numbers[i] ?? 0) - (right.numbers[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return compareSuffixes(left.suffix, right.suffix) || (a < b ? -1 : a > b ? 1 : 0);
}

/** Whether a release only mends another: they differ in the third number, as 1.4.2 and 1.4.1. */
export function isPatchOf(tag: string, earlier: string): boolean {
  const [major, minor, patch] = partsOf(tag).numbers;
  const [earlierMajor, earlierMinor] = partsOf(earlier).numbers;
  return patch !== undefined && patch > 0 && major === earlierMajor && minor === earlierMinor;
}

function partsOf(tag: string): TagParts {
  const [, numbers = "", suffix = ""] = /^\D*?(\d+(?:[._-]\d+)*)(.*)$/.exec(tag) ?? [];
  return { numbers: numbers.split(/[._-]/).filter(Boolean).map(Number), suffix };
}

/** A final release, without a suffix, comes after its candidates. */
function compareSuffixes(a: string, b: string): number {
  const isFinal = (suffix: string) => suffix === "" || suffix.startsWith("+");
  if (isFinal(a) !== isFinal(b)) return isFinal(a) ? 1 : -1;
  return a.localeCompare(b, "en", { numeric: true });
}
