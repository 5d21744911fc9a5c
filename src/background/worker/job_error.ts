// Pure.
/**
 * Errors that a job in TypeScript throws.
 *
 * @module
 */

/** The job's code is wrong: a retry would not help, so the migration fails. */
export class JobMisuse extends Error {
  /** `JobMisuse`. */
  override readonly name = "JobMisuse";
}

/**
 * Thrown by a job when a row is invalid. The sub-batch is rolled back and halved until the row is
 * found, which then goes to quarantine, as after a data error of the server.
 */
export class BadData extends Error {
  /** `BadData`. */
  override readonly name = "BadData";
}

/**
 * The worker has stopped working on the batch: it was given back or held, or the lease was lost.
 * Another worker continues it.
 */
export class BatchGivenBack extends Error {
  /** `BatchGivenBack`. */
  override readonly name = "BatchGivenBack";
}
