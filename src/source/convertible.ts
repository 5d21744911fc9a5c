// Pure.
/**
 * The layouts that migrations are converted to.
 *
 * @module
 */

/** Apart from what writes them, so that help need not load it. */
export const CONVERTIBLE_TO = ["directory", "golang-migrate"] as const;

/** One of them. */
export type ConvertedLayout = typeof CONVERTIBLE_TO[number];
