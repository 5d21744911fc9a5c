// Pure.
/**
 * Reads the last error of a server, or of a pooler in front of it: why it closes the connection.
 * postgres.js does not report it.
 *
 * @module
 */

/** `E`, the type of an error message. */
const ERROR = 0x45;

/**
 * The text of a FATAL or PANIC error that some bytes end with.
 *
 * @param bytes What the connection brought last: its messages may have begun earlier.
 */
export function lastServerError(bytes: Uint8Array): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let start = bytes.length - 5; start >= 0; start--) {
    if (bytes[start] !== ERROR || start + 1 + view.getInt32(start + 1) !== bytes.length) continue;
    const fields = new Map(
      new TextDecoder().decode(bytes.subarray(start + 5)).split("\0")
        .map((field) => [field.slice(0, 1), field.slice(1)] as const),
    );
    // `V` is the severity in English, which poolers leave out.
    const severity = fields.get("V") ?? fields.get("S");
    if (severity === "FATAL" || severity === "PANIC") return fields.get("M");
  }
  return undefined;
}
