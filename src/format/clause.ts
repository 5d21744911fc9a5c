// Pure.
/**
 * Embeds messages of other programs in sentences.
 *
 * @module
 */

/**
 * Removes a message's closing full stop, so that text can follow: some libraries and runtimes write
 * one (`Maximum call stack size exceeded.`), most do not. An ellipsis stays.
 */
export function clause(message: string): string {
  return message.replace(/(?<!\.)\.\s*$/, "");
}
