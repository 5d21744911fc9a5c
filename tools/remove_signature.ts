// Pure.
/**
 * For 64-bit Intel Macs Bun leaves the signature in the executable that its own program had, which what
 * was put into it has made wrong; macOS may end such a program at once. Without any it runs, as those
 * of Go's linker do. For arm64, where macOS insists on one, Bun signs anew, and nothing is to be done.
 *
 * @module
 */

const MAGIC = 0xfeedfacf;
const HEADER_SIZE = 32;
const SEGMENT = 0x19;
const CODE_SIGNATURE = { command: 0x1d, size: 16 } as const;

/**
 * Changes the header of a Mach-O executable so that its signature is no part of it any more.
 *
 * @param bytes The file, changed in place.
 * @returns Where the file ends from now on.
 * @throws {Error} When it is none, or the signature is not the last thing in it.
 */
export function removeSignature(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC) throw new Error("This is no Mach-O executable");
  const [count, size] = [view.getUint32(16, true), view.getUint32(20, true)];
  let last = HEADER_SIZE;
  let linkedit: number | undefined;
  for (let at = HEADER_SIZE, index = 0; index < count; index++) {
    last = at;
    if (view.getUint32(at, true) === SEGMENT && nameAt(bytes, at + 8) === "__LINKEDIT") {
      linkedit = at;
    }
    at += view.getUint32(at + 4, true);
  }
  const [start, length] = [view.getUint32(last + 8, true), view.getUint32(last + 12, true)];
  if (
    view.getUint32(last, true) !== CODE_SIGNATURE.command || linkedit === undefined ||
    start + length !== bytes.length
  ) throw new Error("The signature is not where linkers put it");
  view.setUint32(16, count - 1, true);
  view.setUint32(20, size - CODE_SIGNATURE.size, true);
  bytes.fill(0, last, last + CODE_SIGNATURE.size);
  view.setBigUint64(linkedit + 48, view.getBigUint64(linkedit + 48, true) - BigInt(length), true);
  return start;
}

function nameAt(bytes: Uint8Array, at: number): string {
  return new TextDecoder().decode(bytes.subarray(at, at + 16)).replace(/\0.*$/, "");
}
