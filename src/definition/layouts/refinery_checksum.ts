// Pure.
/**
 * The checksum that refinery stores: SipHash-1-3 with keys of zero, over name, version and SQL as
 * Rust's `Hash` feeds them (J.-P. Aumasson and D. J. Bernstein, "SipHash", 2012).
 *
 * @module
 */

const MASK = 0xffffffffffffffffn;

const rotate = (value: bigint, by: bigint) => ((value << by) | (value >> (64n - by))) & MASK;

/** As refinery writes it: a decimal number of 64 bits. */
export function refineryChecksum(
  { name, version, sql }: {
    readonly name: string;
    readonly version: number;
    readonly sql: string;
  },
): string {
  const encoder = new TextEncoder();
  const number = new Uint8Array(4);
  new DataView(number.buffer).setInt32(0, version, true);
  // Rust ends a text with 0xff.
  const parts = [encoder.encode(name), [0xff], number, encoder.encode(sql), [0xff]];
  return String(sipHash13(Uint8Array.from(parts.flatMap((part) => [...part]))));
}

function sipHash13(bytes: Uint8Array): bigint {
  let [v0, v1, v2, v3] = [
    0x736f6d6570736575n,
    0x646f72616e646f6dn,
    0x6c7967656e657261n,
    0x7465646279746573n,
  ];
  const round = () => {
    v0 = (v0 + v1) & MASK;
    v1 = rotate(v1, 13n) ^ v0;
    v0 = rotate(v0, 32n);
    v2 = (v2 + v3) & MASK;
    v3 = rotate(v3, 16n) ^ v2;
    v0 = (v0 + v3) & MASK;
    v3 = rotate(v3, 21n) ^ v0;
    v2 = (v2 + v1) & MASK;
    v1 = rotate(v1, 17n) ^ v2;
    v2 = rotate(v2, 32n);
  };
  const compress = (word: bigint) => {
    v3 ^= word;
    round();
    v0 ^= word;
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length - bytes.length % 8;
  for (let at = 0; at < whole; at += 8) compress(view.getBigUint64(at, true));
  const last = new Uint8Array(8);
  last.set(bytes.subarray(whole));
  last[7] = bytes.length & 0xff;
  compress(new DataView(last.buffer).getBigUint64(0, true));
  v2 ^= 0xffn;
  for (let count = 0; count < 3; count++) round();
  return v0 ^ v1 ^ v2 ^ v3;
}
