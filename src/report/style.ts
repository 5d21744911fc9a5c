// Pure.
/**
 * How text is highlighted.
 *
 * @module
 */

/** Text that stands out on a terminal with colours, and is itself elsewhere. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  caution(text: string): string;
}

const asItIs = (text: string) => text;

/** Nothing stands out. */
export const PLAIN: Style = {
  bold: asItIs,
  dim: asItIs,
  good: asItIs,
  bad: asItIs,
  caution: asItIs,
};
