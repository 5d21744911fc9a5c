// Pure.
/**
 * Detects characters that a database's encoding lacks.
 *
 * @module
 */

/** SQLSTATE untranslatable_character. */
export const UNTRANSLATABLE = "22P05";

/**
 * The character that the server could not convert. The message contains its UTF-8 bytes in every
 * language: `character with byte sequence 0xe2 0x82 0xac in encoding "UTF8" has no equivalent …`.
 */
export function untranslatable(message: string): string | undefined {
  const bytes = [...message.matchAll(/0x([0-9a-f]{2})/gi)].map(([, byte]) => parseInt(byte!, 16));
  const [character] = new TextDecoder().decode(Uint8Array.from(bytes));
  return character;
}
