// Pure.
/**
 * Computes the size of the next sub-batch and the next batch, and the delay after a failure.
 *
 * Two knobs for two things: size keeps transactions short, the pause between them keeps the load low.
 *
 * @module
 */

/** By how much one measurement may change a size: a single quick or slow one says little. */
const GROWTH = 2;
const SHRINKAGE = 0.25;

/**
 * Seconds of work that a batch should be: hand-overs cost nothing then, lost workers little, and at the
 * end of a table nobody works alone on its last batch for long while the others have nothing to do.
 */
const BATCH_SECONDS = 5;

/** GitLab's ceiling where a migration names none. */
export const MAX_BATCH_SIZE = 2_000_000;

/** GitLab's window: a batch should fill so much of its interval. */
const INTERVAL_FILL = 0.95;

/**
 * Units for the next sub-batch. There is no floor but 1, and the first measurement counts already.
 *
 * @param measured Of the last one: its size, and milliseconds from its BEGIN to its COMMIT.
 * @param limits.target Milliseconds that one should take.
 */
export function nextSubBatchSize(
  measured: { readonly size: number; readonly milliseconds: number },
  limits: { readonly target: number; readonly max: number },
): number {
  const ratio = limits.target / Math.max(measured.milliseconds, 1);
  const factor = Math.min(GROWTH, Math.max(SHRINKAGE, ratio));
  return clamp(Math.round(measured.size * factor), limits.max);
}

/**
 * Units for the next batch.
 *
 * @param measured The batch that ended: its size, and seconds from its first sub-batch to its last,
 * pauses included.
 * @param limits.interval Seconds from batch to batch, 0 for none.
 */
export function nextBatchSize(
  measured: { readonly size: number; readonly seconds: number },
  limits: { readonly interval: number; readonly max: number },
): number {
  const target = limits.interval > 0 ? limits.interval * INTERVAL_FILL : BATCH_SECONDS;
  const factor = Math.min(GROWTH, Math.max(SHRINKAGE, target / Math.max(measured.seconds, 0.001)));
  return clamp(Math.round(measured.size * factor), limits.max);
}

function clamp(size: number, max: number): number {
  return Math.max(1, Math.min(max, size));
}

/** Milliseconds before the first repetition, and at most. */
const FIRST_BACKOFF = 250;
const LONGEST_BACKOFF = 60_000;

/**
 * Milliseconds to wait before trying again: twice as long each time, less a random half, so that those
 * who were in each other's way are not again.
 *
 * @param tries How many have failed: 1 after the first.
 * @param random From 0 up to, not including, 1.
 */
export function backoff(tries: number, random: number): number {
  const whole = Math.min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** (tries - 1));
  return Math.round(whole * (1 - random / 2));
}
