// Pure.
/**
 * How text is highlighted.
 *
 * @module
 */

/** Highlights text on a terminal with colours; returns it unchanged elsewhere. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  caution(text: string): string;
}

const asItIs = (text: string) => text;

/** No highlighting. */
export const PLAIN: Style = {
  bold: asItIs,
  dim: asItIs,
  good: asItIs,
  bad: asItIs,
  caution: asItIs,
};
