// Pure.
/**
 * Arguments of a batched migration, as JSON has them.
 *
 * @module
 */

/** Arguments by name. */
export type JobArguments = { readonly [name: string]: JobArgument };

/** A value of `arguments`, as JSON has it. */
export type JobArgument =
  | string
  | number
  | boolean
  | null
  | readonly JobArgument[]
  | { readonly [key: string]: JobArgument };
