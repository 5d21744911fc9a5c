// Pure.
/**
 * Classifies an SQLSTATE for a sub-batch: retry, retry with fewer rows, quarantine the row, or
 * fail.
 *
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 *
 * @module
 */

/** The reaction to a refusal. */
export type ErrorClass =
  /** A temporary failure: retry later. */
  | "transient"
  /** Lock contention: retry later with fewer rows, without limit. */
  | "contention"
  /** Too many rows at once: retry now with fewer. */
  | "too-much"
  /** A data error: one of the rows is refused. */
  | "data"
  /** The statement is wrong: a retry will not help. */
  | "programmer";

/** SQLSTATEs whose reaction differs from that of their class. */
const STATES: Readonly<Record<string, ErrorClass>> = {
  // The sub-batch ran into its statement_timeout, or a user cancelled it.
  "57014": "too-much",
  "25P04": "too-much",
  "53200": "too-much",
  "55P03": "contention",
  "55006": "transient",
  // A failover: the former primary is a standby now.
  "25006": "transient",
  "25P03": "transient",
  "XX000": "transient",
  // A RAISE of a PL/pgSQL function; so are ASSERT, no_data_found and too_many_rows.
  "P0001": "data",
  "44000": "data",
};

const CLASSES: Readonly<Record<string, ErrorClass>> = {
  "08": "transient",
  "40": "contention",
  "53": "transient",
  "57": "transient",
  "58": "transient",
  "54": "too-much",
  "21": "data",
  "22": "data",
  "23": "data",
  "P0": "data",
};

/** The reaction to an SQLSTATE. An unknown one counts as a mistake in the statement. */
export function errorClassOf(sqlstate: string): ErrorClass {
  return STATES[sqlstate] ?? CLASSES[sqlstate.slice(0, 2)] ?? "programmer";
}

/** The reactions to the errors of `job_error.ts`, by name. */
const JOB_ERRORS: Readonly<Record<string, ErrorClass>> = {
  JobMisuse: "programmer",
  BadData: "data",
  TableReplaced: "programmer",
};

/**
 * The reaction to any thrown error. Any other error of a job's code has no known cause, so it is
 * retried later.
 */
export function errorClassOfError(
  { sqlstate, name = "" }: { readonly sqlstate: string | undefined; readonly name?: string },
): ErrorClass {
  return sqlstate === undefined ? JOB_ERRORS[name] ?? "transient" : errorClassOf(sqlstate);
}

/** PostgreSQL's condition names of the SQLSTATEs that sub-batches meet. */
const CONDITIONS: Readonly<Record<string, string>> = {
  "21000": "CardinalityViolation",
  "22000": "DataException",
  "22001": "StringDataRightTruncation",
  "22003": "NumericValueOutOfRange",
  "22004": "NullValueNotAllowed",
  "22007": "InvalidDatetimeFormat",
  "22008": "DatetimeFieldOverflow",
  "22012": "DivisionByZero",
  "22021": "CharacterNotInRepertoire",
  "22023": "InvalidParameterValue",
  "22P02": "InvalidTextRepresentation",
  "22P05": "UntranslatableCharacter",
  "23001": "RestrictViolation",
  "23502": "NotNullViolation",
  "23503": "ForeignKeyViolation",
  "23505": "UniqueViolation",
  "23514": "CheckViolation",
  "23P01": "ExclusionViolation",
  "25006": "ReadOnlySqlTransaction",
  "25P03": "IdleInTransactionSessionTimeout",
  "25P04": "TransactionTimeout",
  "40001": "SerializationFailure",
  "40P01": "DeadlockDetected",
  "42501": "InsufficientPrivilege",
  "42601": "SyntaxError",
  "42703": "UndefinedColumn",
  "42804": "DatatypeMismatch",
  "42883": "UndefinedFunction",
  "42P01": "UndefinedTable",
  "44000": "WithCheckOptionViolation",
  "53100": "DiskFull",
  "53200": "OutOfMemory",
  "53300": "TooManyConnections",
  "54000": "ProgramLimitExceeded",
  "54001": "StatementTooComplex",
  "55006": "ObjectInUse",
  "55P03": "LockNotAvailable",
  "57014": "QueryCanceled",
  "57P01": "AdminShutdown",
  "57P02": "CrashShutdown",
  "P0001": "RaiseException",
  "XX000": "InternalError",
  "XX001": "DataCorrupted",
};

/** The value of `exception_class`: the condition's name, such as `CheckViolation`. */
export function exceptionClass(sqlstate: string): string {
  return CONDITIONS[sqlstate] ?? `SQLSTATE ${sqlstate}`;
}
