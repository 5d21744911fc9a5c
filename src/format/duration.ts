// Pure.
/**
 * Durations as people write them: one grammar for options, settings, variables, metadata and
 * headers.
 *
 * A duration is numbers with units, the largest unit first: `250ms`, `5s`, `1.5h`, `1h30min`. The
 * units are those of PostgreSQL's settings (ms, s, min, h, d; us for multiples of a millisecond),
 * and `m` for minutes as in Go and Kubernetes. 0 needs no unit.
 *
 * @module
 */

/** Milliseconds per unit, the largest unit first. */
const UNITS: Readonly<Record<string, number>> = {
  d: 86_400_000,
  h: 3_600_000,
  min: 60_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
  us: 0.001,
};

/** PostgreSQL's largest timeout, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** How to parse a duration. */
export interface DurationOptions {
  /** Accept `none` as 0: no limit. */
  readonly hasNone?: boolean;
  /** The smallest accepted value, in milliseconds. */
  readonly least?: number;
  /** The largest accepted value, in milliseconds. Default: PostgreSQL's limit, almost 25 days. */
  readonly most?: number;
  /**
   * Accept a number without a unit as milliseconds, as PostgreSQL does. For shipped files, which
   * cannot be edited; elsewhere it is refused, because other programs read it as seconds.
   */
  readonly isShipped?: boolean;
}

/** Whole milliseconds; or what to write instead, as the rest of a sentence: `write 5s or 5ms`. */
export type ParsedDuration =
  | { readonly milliseconds: number }
  | { readonly milliseconds: undefined; readonly repair: string };

/** Parses a duration. */
export function parseDuration(
  text: string,
  { hasNone = false, least = 0, most = LONGEST, isShipped = false }: DurationOptions = {},
): ParsedDuration {
  const wrong = (repair: string) => ({ milliseconds: undefined, repair });
  const examples = "write a time such as 500ms, 2s, 5min or 1h30min";
  const none = hasNone ? ", or none" : least === 0 ? ", or 0" : "";
  const trimmed = text.trim();
  if (hasNone && trimmed === "none") return { milliseconds: 0 };
  const isNumber = /^(?:\d+(?:\.\d+)?|\.\d+)$/.test(trimmed);
  if (isNumber && Number(trimmed) !== 0 && !isShipped) {
    return wrong(`a number needs its unit: write ${trimmed}s or ${trimmed}ms`);
  }
  const exact = isNumber ? Number(trimmed) : sumOf(trimmed);
  if (exact === undefined) return wrong(`${examples}${none}`);
  if (exact > 0 && exact < 1) return wrong("the shortest time is 1ms");
  const milliseconds = Math.round(exact);
  if (milliseconds > most) return wrong(`the longest time is ${formatDuration(most)}`);
  if (milliseconds >= least) return { milliseconds };
  return wrong(milliseconds === 0 ? examples : `the shortest time is ${formatDuration(least)}`);
}

/** Milliseconds, not rounded; undefined when the text is not a duration. */
function sumOf(text: string): number | undefined {
  let sum = 0;
  let last = Infinity;
  let rest = text;
  while (rest !== "") {
    const [all, number, unit] = /^(\d+(?:\.\d+)?|\.\d+)\s*([a-z]+)\s*/.exec(rest) ?? [];
    const size = unit !== undefined && Object.hasOwn(UNITS, unit) ? UNITS[unit]! : undefined;
    if (all === undefined || size === undefined || size >= last) return undefined;
    sum += Number(number) * size;
    last = size;
    rest = rest.slice(all.length);
  }
  return text === "" ? undefined : sum;
}

const WRITTEN = ["d", "h", "min", "s", "ms"] as const;

/**
 * Formats a duration as people write it: `250ms`, `5s`, `1h30min`; 0 is `0`, or the text `zero`.
 */
export function formatDuration(milliseconds: number, { zero = "0" } = {}): string {
  let rest = Math.round(milliseconds);
  if (rest === 0) return zero;
  let text = "";
  for (const unit of WRITTEN) {
    const count = Math.floor(rest / UNITS[unit]!);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * UNITS[unit]!;
  }
  return text;
}

/**
 * Matches every duration that `parseDuration` accepts, for a JSON Schema; also some that it
 * refuses.
 */
export const DURATION_PATTERN =
  "^\\s*(0+(\\.0+)?|((\\d+(\\.\\d+)?|\\.\\d+)\\s*(us|ms|s|min|m|h|d)\\s*)+)\\s*$";
