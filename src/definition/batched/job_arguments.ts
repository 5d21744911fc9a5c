// Pure.
/**
 * The arguments of a batched migration, as JSON values.
 *
 * @module
 */

/** Arguments by name. */
export type JobArguments = { readonly [name: string]: JobArgument };

/** The value of one argument. */
export type JobArgument =
  | string
  | number
  | boolean
  | null
  | readonly JobArgument[]
  | { readonly [key: string]: JobArgument };
