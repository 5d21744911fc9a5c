// Pure.
/**
 * Formats elapsed and expected times for people. `duration.ts` parses durations that people write.
 *
 * @module
 */

/** An elapsed time: `0.4 ms`, `7 ms`, `850 ms`, `2.4 s`, `24 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatElapsed(milliseconds: number): string {
  if (milliseconds < 1 && milliseconds > 0) return `${milliseconds.toFixed(1)} ms`;
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 9_950) return `${(milliseconds / 1_000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1_000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return twoUnits([Math.floor(seconds / 60), "min"], [seconds % 60, "s"]);
  const minutes = Math.round(seconds / 60);
  return twoUnits([Math.floor(minutes / 60), "h"], [minutes % 60, "min"]);
}

/** An age or an estimate in one unit: `50 s`, `4 min`, `7 h`, `3 days`. */
export function formatAge(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

/** An ISO 8601 time from the server, in any zone, as UTC: `2026-03-01 14:05:09Z`. */
export function formatTimestamp(time: string): string {
  return `${new Date(time).toISOString().slice(0, 19).replace("T", " ")}Z`;
}

function twoUnits([large, largeUnit]: [number, string], [small, smallUnit]: [number, string]) {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
