// Pure.
/**
 * Checks whether a server's certificate names the requested host, by libpq's rules. Runtimes have other
 * rules; they accept wildcards that libpq rejects.
 *
 * @module
 */

/** The names in a `tls.PeerCertificate`. */
export interface NamedCertificate {
  readonly subject?: { readonly CN?: unknown } | undefined;
  /** As node writes it: `DNS:localhost, IP Address:127.0.0.1`. */
  readonly subjectaltname?: string | undefined;
}

/**
 * A host name matches a DNS name. An IP address matches an address, or a DNS name with the same spelling.
 * The common name counts only if the certificate has no alternative name of the requested kind.
 *
 * @param options.isAddress Whether the host is an IP address.
 */
export function namesHost(
  certificate: NamedCertificate,
  { host, isAddress }: { readonly host: string; readonly isAddress: boolean },
): boolean {
  const names = alternativeNames(certificate.subjectaltname ?? "");
  const dns = names.filter(({ kind }) => kind === "DNS").map(({ value }) => value);
  const addresses = names.filter(({ kind }) => kind === "IP Address").map(({ value }) => value);
  if (dns.some((pattern) => matches(pattern, host))) return true;
  if (isAddress && addresses.some((address) => sameAddress(address, host))) return true;
  if ((isAddress ? addresses : dns).length > 0) return false;
  const { CN } = certificate.subject ?? {};
  return typeof CN === "string" && matches(CN, host);
}

/** An asterisk stands for the whole first label, and for nothing else. */
function matches(pattern: string, host: string): boolean {
  const [wanted, given] = [pattern.toLowerCase(), host.toLowerCase()];
  if (wanted === given) return wanted !== "";
  if (!wanted.startsWith("*.")) return false;
  const dot = given.indexOf(".");
  return dot > 0 && wanted.slice(1) === given.slice(dot);
}

function sameAddress(one: string, other: string): boolean {
  return canonical(one) === canonical(other);
}

/** The shortest spelling of an IPv6 address, which URL computes. */
function canonical(address: string): string {
  if (!address.includes(":")) return address;
  try {
    return new URL(`http://[${address}]`).hostname;
  } catch {
    return address;
  }
}

/** Values with a comma or a quote are JSON strings, so that one value cannot look like several. */
function alternativeNames(text: string): readonly { kind: string; value: string }[] {
  return [...text.matchAll(/(?:^|, )([^:,]+):("(?:[^"\\]|\\.)*"|[^,]*)/g)]
    .map(([, kind = "", value = ""]) => ({
      kind,
      value: value.startsWith('"') ? unquoted(value) : value,
    }));
}

function unquoted(value: string): string {
  try {
    return String(JSON.parse(value));
  } catch {
    return "";
  }
}
