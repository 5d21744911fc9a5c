// Pure.
/**
 * Errors that a job in TypeScript throws.
 *
 * @module
 */

/** The job's code does what cannot be right: no repetition would help, and the migration fails. */
export class JobMisuse extends Error {
  /** `JobMisuse`. */
  override readonly name = "JobMisuse";
}

/**
 * For a job to throw: the data is to blame. The sub-batch is rolled back and halved until the row
 * stands alone, which is then put aside, as for an error of the server about data.
 */
export class BadData extends Error {
  /** `BadData`. */
  override readonly name = "BadData";
}

/** The batch is out of this worker's hands: given back, held, or another's. Nothing is lost by it. */
export class BatchGivenBack extends Error {
  /** `BatchGivenBack`. */
  override readonly name = "BatchGivenBack";
}
