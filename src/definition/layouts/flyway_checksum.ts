// Pure.
/**
 * The checksum that Flyway stores for an SQL file.
 *
 * @module
 */

const POLYNOMIAL = 0xedb88320;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  return value;
});

const BOM = [0xef, 0xbb, 0xbf];
const LF = 0x0a;
const CR = 0x0d;

/** CRC-32 over the lines without their ends and without the byte order mark, as a signed integer. */
export function flywayChecksum(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  const start = BOM.every((byte, at) => bytes[at] === byte) ? BOM.length : 0;
  for (const byte of bytes.subarray(start)) {
    if (byte === LF || byte === CR) continue;
    crc = TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  }
  return ~crc;
}
