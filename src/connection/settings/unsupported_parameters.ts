// Pure.
/**
 * Refuses the parameters that libpq supports and migrator does not. It ignores none of them.
 *
 * @module
 */

import { Failure } from "../../failure.ts";
import type { ParameterName, Parameters } from "./parameters.ts";

interface Refusal {
  readonly refuses: (value: string) => boolean;
  readonly reason: string;
  readonly hint: string;
}

const always = (value: string) => value !== "";
const required = (value: string) => value === "require";
const LEAVE_OUT = "Leave it out.";
const SCRAM_KEYS: Refusal = {
  refuses: always,
  reason: "passing keys in place of a password is not supported",
  hint: "Use password, or a pass file.",
};
const OAUTH: Refusal = {
  refuses: always,
  reason: "OAuth is not supported",
  hint: "Use a role that logs in with a password or a client certificate.",
};
const REVOCATION: Refusal = {
  refuses: always,
  reason: "lists of revoked certificates are not supported",
  hint: LEAVE_OUT,
};

/** By parameter: when it is refused, and why. */
export const REFUSALS: Readonly<Partial<Record<ParameterName, Refusal>>> = {
  gssencmode: {
    refuses: required,
    reason: "encryption by GSSAPI is not supported",
    hint: "Use TLS: gssencmode=disable sslmode=verify-full",
  },
  channel_binding: {
    refuses: required,
    reason: "channel binding is not supported",
    hint: "Use channel_binding=prefer with sslmode=verify-full.",
  },
  require_auth: {
    refuses: always,
    reason: "the way of authentication cannot be demanded from this side",
    hint: "Leave it out, and let pg_hba.conf demand it.",
  },
  requirepeer: {
    refuses: always,
    reason: "the owner of the server's process cannot be checked",
    hint: "Leave it out, and use a socket directory that only the server's owner may write to.",
  },
  replication: {
    refuses: (value) => !/^(?:|false|off|no|0)$/i.test(value),
    reason: "migrations do not run over a replication connection",
    hint: LEAVE_OUT,
  },
  sslcrl: REVOCATION,
  sslcrldir: REVOCATION,
  sslcertmode: {
    refuses: required,
    reason: "whether the server asks for a certificate cannot be checked",
    hint: "Use sslcertmode=allow, and let pg_hba.conf demand a certificate.",
  },
  sslkey: {
    refuses: (value) => /^[a-z][\w+-]+:/i.test(value),
    reason: "keys are read from files only",
    hint: "Name the file of the key.",
  },
  sslkeylogfile: {
    refuses: always,
    reason: "the keys of a TLS connection are not written to a file",
    hint: LEAVE_OUT,
  },
  min_protocol_version: {
    refuses: (value) => !/^(?:|3\.0)$/.test(value),
    reason: "version 3.0 of the protocol is the only one spoken",
    hint: LEAVE_OUT,
  },
  scram_client_key: SCRAM_KEYS,
  scram_server_key: SCRAM_KEYS,
  oauth_issuer: OAUTH,
  oauth_client_id: OAUTH,
  oauth_client_secret: OAUTH,
  oauth_scope: OAUTH,
};

/**
 * @param nameOf Returns the name of a parameter where it was written: `PGREQUIREPEER`.
 * @throws {Failure} `settings/unsupported`.
 */
export function refuseUnsupported(
  parameters: Parameters,
  nameOf: (name: ParameterName) => string,
): void {
  for (const [name, { refuses, reason, hint }] of Object.entries(REFUSALS)) {
    const value = parameters[name as ParameterName];
    if (value === undefined || !refuses(value)) continue;
    const written = nameOf(name as ParameterName);
    throw new Failure("settings/unsupported", `${written} cannot be honoured: ${reason}.`, {
      hint,
      facts: { parameter: name },
    });
  }
}
