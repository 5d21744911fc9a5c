// Pure.
/**
 * Reads the header of an executable: its platform, and the position of a signature that appended
 * bytes would invalidate.
 *
 * @module
 */

/** A program for a supported platform. */
export interface ProgramHeader {
  /** `linux-x64`. */
  readonly platform: string;
  /** Windows only: position and size in bytes of its signature, when it has one. */
  readonly signature?: { readonly position: number; readonly size: number };
}

/** Number of bytes to read from the start of a file. */
export const HEADER_SIZE = 4096;

const ELF = { magic: 0x464c457f, machines: { 62: "linux-x64", 183: "linux-arm64" } } as const;
const MACH_O = {
  magic: 0xfeedfacf,
  machines: { 0x01000007: "darwin-x64", 0x0100000c: "darwin-arm64" },
} as const;
const PE = {
  stub: 0x5a4d,
  magic: 0x00004550,
  machines: { 0x8664: "windows-x64", 0xaa64: "windows-arm64" },
  /** Offset from the magic number to the certificate table's entry, in 64-bit programs. */
  certificates: 24 + 112 + 4 * 8,
} as const;

/**
 * Reads the start of a file.
 *
 * @param start Its first `HEADER_SIZE` bytes; fewer when the file is shorter.
 * @returns Undefined when the file is not a program, or is one for another platform.
 */
export function readProgramHeader(start: Uint8Array): ProgramHeader | undefined {
  // Zeros after the end of a short file never match a header.
  const bytes = new Uint8Array(HEADER_SIZE);
  bytes.set(start.subarray(0, HEADER_SIZE));
  const view = new DataView(bytes.buffer);
  const platform = (machines: Readonly<Record<number, string>>, machine: number) => {
    const name = machines[machine];
    return name === undefined ? undefined : { platform: name };
  };
  const magic = view.getUint32(0, true);
  if (magic === ELF.magic) return platform(ELF.machines, view.getUint16(18, true));
  if (magic === MACH_O.magic) return platform(MACH_O.machines, view.getUint32(4, true));
  const at = view.getUint32(0x3c, true);
  if (view.getUint16(0, true) !== PE.stub || at > HEADER_SIZE - PE.certificates - 8) {
    return undefined;
  }
  if (view.getUint32(at, true) !== PE.magic) return undefined;
  const header = platform(PE.machines, view.getUint16(at + 4, true));
  const [position, size] = [
    view.getUint32(at + PE.certificates, true),
    view.getUint32(at + PE.certificates + 4, true),
  ];
  return header && size > 0 ? { ...header, signature: { position, size } } : header;
}
