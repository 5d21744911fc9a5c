// Pure.
/**
 * Computes the size of the next sub-batch and the next batch, and the delay after a failure.
 *
 * The size keeps transactions short; the pause between them keeps the load low.
 *
 * @module
 */

/**
 * The factors by which one measurement may change a size: a single quick or slow one says little.
 */
const GROWTH = 2;
const SHRINKAGE = 0.25;

/**
 * Seconds that a batch should take. Claiming then costs almost nothing, a lost worker costs little,
 * and at the end of a table the last batch keeps only one worker busy for a short time.
 */
const BATCH_SECONDS = 5;

/** GitLab's limit, for a migration without its own. */
export const MAX_BATCH_SIZE = 2_000_000;

/** The share of its interval that a batch should take, as in GitLab. */
const INTERVAL_FILL = 0.95;

/**
 * Units for the next sub-batch, at least 1. The first measurement counts already.
 *
 * @param measured The last sub-batch: its units, and milliseconds from BEGIN to COMMIT.
 * @param limits.target Milliseconds that a sub-batch should take.
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
 * @param measured The batch that ended: its units, and seconds from its first sub-batch to its
 * last, including pauses.
 * @param limits.interval Seconds from the start of one batch to the start of the next; 0 for none.
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

/** Milliseconds before the first retry, and before any. */
const FIRST_BACKOFF = 250;
const LONGEST_BACKOFF = 60_000;

/**
 * Milliseconds to wait before a retry: exponential backoff, minus up to a random half, so that
 * workers that blocked each other do not do so again.
 *
 * @param tries The number of failed attempts, from 1.
 * @param random A number in [0, 1).
 */
export function backoff(tries: number, random: number): number {
  const whole = Math.min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** (tries - 1));
  return Math.round(whole * (1 - random / 2));
}
