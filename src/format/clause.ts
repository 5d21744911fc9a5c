// Pure.
/**
 * Other people's sentences inside of ours.
 *
 * @module
 */

/**
 * A message without the full stop at its end, to stand before ours: some libraries and runtimes write
 * one (`Maximum call stack size exceeded.`), most do not. An ellipsis stays.
 */
export function clause(message: string): string {
  return message.replace(/(?<!\.)\.\s*$/, "");
}
