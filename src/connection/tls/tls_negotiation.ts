/**
 * Negotiates TLS with a PostgreSQL server on a connected socket.
 *
 * @module
 */

import * as net from "node:net";
import * as tls from "node:tls";
import { namesHost } from "./certificate_names.ts";
import { closedFailure, tlsFailure } from "../socket/dial_failure.ts";
import type { ServerSettings } from "../settings/settings.ts";
import { destroySocket, ignoreErrors, waitForEvent } from "../socket/wait_for_event.ts";
import { readTlsFiles } from "./tls_files.ts";

/** SSLRequest: the length 8, then the code of the request. */
const SSL_REQUEST = new Uint8Array([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
const YES = 0x53;
const NO = 0x4e;

/**
 * Requests TLS from the server and performs the handshake. If the server has no TLS and `sslmode` is
 * `prefer`, returns the same socket, in plain text.
 *
 * @param settings The settings of the host that is tried.
 * @throws {Failure} `connection/tls`. The socket cannot be used afterwards.
 */
export async function negotiateTls(
  settings: ServerSettings,
  socket: net.Socket,
  signal: AbortSignal,
): Promise<net.Socket> {
  const files = await readTlsFiles(settings);
  const direct = settings.sslNegotiation === "direct";
  if (!direct && !await request(settings, socket, signal)) return socket;

  const host = settings.hosts[0]?.host ?? "";
  const options: tls.ConnectionOptions = {
    socket,
    ...files,
    ...(settings.sslSni && net.isIP(host) === 0 ? { servername: host } : {}),
    ...(direct ? { ALPNProtocols: ["postgresql"] } : {}),
    ...(settings.sslMinVersion === undefined ? {} : { minVersion: settings.sslMinVersion }),
    ...(settings.sslMaxVersion === undefined ? {} : { maxVersion: settings.sslMaxVersion }),
    // Chain and name are checked below: runtimes differ in when they call checkServerIdentity.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  };
  let secure: tls.TLSSocket;
  try {
    secure = ignoreErrors(tls.connect(options));
    await waitForEvent(secure, signal, (done) => ({ secureConnect: done }));
  } catch (error) {
    if (signal.aborted) throw error;
    throw handshakeFailure(settings, error);
  }
  try {
    judge(settings, secure, { verified: files.ca !== undefined, direct });
  } catch (error) {
    destroySocket(secure);
    throw error;
  }
  return secure;
}

/** True if the server accepts TLS; false if it does not and `prefer` continues without. */
async function request(
  settings: ServerSettings,
  socket: net.Socket,
  signal: AbortSignal,
): Promise<boolean> {
  let answer: Uint8Array;
  try {
    socket.write(SSL_REQUEST);
    answer = await waitForEvent<Uint8Array>(socket, signal, (done) => ({ data: done }));
  } catch (error) {
    if (signal.aborted) throw error;
    throw closedFailure(settings);
  }
  // Bytes after the answer were sent before TLS began: an attacker may have inserted them.
  if (answer.length !== 1) {
    throw tlsFailure(
      settings,
      answer[0] === 0x45
        ? "the server answered the request for TLS with an error"
        : "unencrypted bytes followed the server's answer to the request for TLS",
      "Is this a PostgreSQL server? If so, something between here and there alters the connection.",
    );
  }
  if (answer[0] === YES) return true;
  if (answer[0] === NO && settings.sslMode === "prefer") return false;
  throw tlsFailure(
    settings,
    answer[0] === NO
      ? "the server does not offer TLS"
      : "the server's answer to the request for TLS is not PostgreSQL's",
    answer[0] === NO
      ? "Turn it on there (ssl = on), or allow a connection without it: sslmode=prefer"
      : "Check host and port: is this a PostgreSQL server?",
  );
}

function handshakeFailure(settings: ServerSettings, error: unknown) {
  const said = error instanceof Error ? error.message : String(error);
  return tlsFailure(
    settings,
    said.replace(/\.$/, ""),
    settings.sslNegotiation === "direct"
      ? "sslnegotiation=direct needs a server of version 17 or later; try sslnegotiation=postgres."
      : "Check the server's TLS settings, and sslcert and sslkey if it asks for a certificate.",
  );
}

/** Checks the result of the handshake as libpq does: the chain, then the name. */
function judge(
  settings: ServerSettings,
  socket: tls.TLSSocket,
  { verified, direct }: { readonly verified: boolean; readonly direct: boolean },
): void {
  if (direct && socket.alpnProtocol !== "postgresql") {
    throw tlsFailure(
      settings,
      "the server did not agree on the protocol name postgresql",
      "sslnegotiation=direct needs a server of version 17 or later; try sslnegotiation=postgres.",
    );
  }
  if (!verified) return;
  if (!socket.authorized) {
    const reason = String(socket.authorizationError ?? "its chain cannot be verified");
    throw tlsFailure(
      settings,
      `the server's certificate is not trusted (${reason.replace(/^Error: /, "")})`,
      `It must be issued by one in sslrootcert (${settings.sslRootCert}).`,
    );
  }
  if (settings.sslMode !== "verify-full") return;
  const { host = "" } = settings.hosts[0] ?? {};
  const certificate = socket.getPeerCertificate();
  if (namesHost(certificate, { host, isAddress: net.isIP(host) !== 0 })) return;
  throw tlsFailure(
    settings,
    `the server's certificate does not name ${host} (it names ${namesOf(certificate)})`,
    "Use the name that the certificate carries, or sslmode=verify-ca to check the chain alone.",
  );
}

function namesOf(certificate: tls.PeerCertificate): string {
  return certificate.subjectaltname || String(certificate.subject?.CN ?? "nothing");
}
