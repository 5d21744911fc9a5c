// Pure.
/**
 * A server's errors and notices, from the library's fields to ours, without secrets.
 *
 * @module
 */

import type postgres from "postgres";
import type { Notice, ServerError } from "../session/session.ts";
import { redactProse } from "../settings/redact.ts";

/** An error that the server reported. */
export function toServerError(error: postgres.PostgresError): ServerError {
  const { code, message, detail, hint, position, where } = error;
  const fields = error as unknown as Record<string, string | undefined>;
  return redactProse({
    sqlstate: code,
    severity: error.severity,
    message,
    ...(detail ? { detail } : {}),
    ...(hint ? { hint } : {}),
    ...(position ? { position: Number(position) } : {}),
    ...(where ? { where } : {}),
    ...(fields["schema_name"] ? { schema: fields["schema_name"] } : {}),
    ...(fields["table_name"] ? { table: fields["table_name"] } : {}),
    ...(fields["column_name"] ? { column: fields["column_name"] } : {}),
    ...(fields["constraint_name"] ? { constraint: fields["constraint_name"] } : {}),
  });
}

/** A notice, warning or info line. */
export function toNotice(notice: postgres.Notice): Notice {
  return redactProse({
    severity: notice["severity"] ?? "NOTICE",
    sqlstate: notice["code"] ?? "00000",
    message: notice["message"] ?? "",
    ...(notice["detail"] ? { detail: notice["detail"] } : {}),
    ...(notice["hint"] ? { hint: notice["hint"] } : {}),
  });
}
