// Pure.
/**
 * Whether a number keeps all its digits. Arguments are kept as JSON, whose numbers are floating-point
 * numbers here: what they cannot hold is refused, and never rounded.
 *
 * @module
 */

/** Whether a decimal number, as written, is the same number after it was read. */
export function isExactNumber(text: string): boolean {
  return normalized(text) === normalized(String(Number(text)));
}

/** Digits without zeros at either end, and the power of ten: equal for equal numbers. */
function normalized(text: string): string {
  const match = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text.trim());
  if (match === null) return text;
  const [, sign = "", whole = "", part = "", exponent = "0"] = match;
  const digits = `${whole}${part}`.replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  const power = Number(exponent) - part.length + (digits.length - significant.length);
  return `${sign === "-" ? "-" : ""}${significant}e${power}`;
}
