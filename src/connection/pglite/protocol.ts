// Pure.
/**
 * Encodes and decodes PostgreSQL's simple protocol for PGlite.
 *
 * @module
 */

import type { messages } from "@electric-sql/pglite";
import { redactProse } from "../settings/redact.ts";
import type { Answer, Notice, Row, ServerError } from "../session/session.ts";

type BackendMessage = messages.BackendMessage;
type DatabaseError = messages.DatabaseError;

/** Whether the session is idle, in a transaction block, or in a failed one. */
export type TransactionStatus = "I" | "T" | "E";

/** The reply to one message. */
export interface PgliteReply {
  readonly answer: Answer;
  readonly error: ServerError | undefined;
  /** The number of statements that were complete before the error. */
  readonly completed: number;
  readonly notices: readonly {
    readonly notice: Notice;
    /** Index of the statement that it belongs to. */
    readonly statement: number;
  }[];
  readonly status: TransactionStatus;
}

/**
 * The bytes of a Query message, and of a CopyFail behind it: nobody here feeds COPY FROM STDIN, whose
 * wait for data would end the engine. Where no data is waited for, PostgreSQL ignores it.
 */
export function queryMessage(sql: string): Uint8Array {
  return concatenate(typed("Q", sql), typed("f", "there is no client that could send data"));
}

function typed(type: string, text: string): Uint8Array {
  const encoded = new TextEncoder().encode(text);
  const bytes = new Uint8Array(encoded.length + 6);
  bytes[0] = type.charCodeAt(0);
  new DataView(bytes.buffer).setInt32(1, encoded.length + 5);
  bytes.set(encoded, 5);
  return bytes;
}

function concatenate(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}

/** Reads the answer to one Query message. */
export function readReply(backend: readonly BackendMessage[]): PgliteReply {
  let command = "";
  let count = 0;
  const allRows: Row[] = [];
  /** Where the rows of the last statement that returned columns begin. */
  let last = 0;
  let completed = 0;
  let columns: readonly string[] = [];
  let error: ServerError | undefined;
  let status: TransactionStatus = "I";
  const notices: PgliteReply["notices"][number][] = [];
  for (const message of backend) {
    switch (message.name) {
      case "rowDescription":
        columns = (message as messages.RowDescriptionMessage).fields.map(({ name }) => name);
        last = allRows.length;
        break;
      case "dataRow": {
        const { fields } = message as messages.DataRowMessage;
        allRows.push(
          Object.fromEntries(columns.map((name, index) => [name, fields[index] ?? null])),
        );
        break;
      }
      case "commandComplete": {
        const words = (message as messages.CommandCompleteMessage).text.split(" ");
        command = words[0] ?? "";
        count = Number(words.at(-1)) || 0;
        completed++;
        break;
      }
      case "error":
        error ??= toServerError(message as DatabaseError);
        break;
      case "notice":
        notices.push({
          notice: toNotice(message as messages.NoticeMessage),
          statement: completed,
        });
        break;
      case "readyForQuery":
        status = (message as messages.ReadyForQueryMessage).status as TransactionStatus;
        break;
    }
  }
  const answer = { command, count, rows: allRows.slice(last), allRows };
  return { answer, error, completed, notices, status };
}

function toServerError(error: DatabaseError): ServerError {
  const { severity, code, message, detail, hint, position, where } = error;
  const { schema, table, column, constraint } = error;
  return redactProse({
    sqlstate: code ?? "XX000",
    severity: severity ?? "ERROR",
    message,
    ...(detail ? { detail } : {}),
    ...(hint ? { hint } : {}),
    ...(position ? { position: Number(position) } : {}),
    ...(where ? { where } : {}),
    ...(schema ? { schema } : {}),
    ...(table ? { table } : {}),
    ...(column ? { column } : {}),
    ...(constraint ? { constraint } : {}),
  });
}

function toNotice(notice: messages.NoticeMessage): Notice {
  return redactProse({
    severity: notice.severity ?? "NOTICE",
    sqlstate: notice.code ?? "00000",
    message: notice.message ?? "",
    ...(notice.detail ? { detail: notice.detail } : {}),
    ...(notice.hint ? { hint: notice.hint } : {}),
  });
}
