// Pure.
/**
 * Classifies an SQLSTATE for a sub-batch: try again, try fewer rows, quarantine the row at fault,
 * or fail.
 *
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 *
 * @module
 */

/** What to do after a refusal. */
export type ErrorClass =
  /** It is the moment's fault: the same again, later. */
  | "transient"
  /** Others hold what it needs: fewer rows, later, for as long as they do. */
  | "contention"
  /** It was too much at once: fewer rows, now. */
  | "too-much"
  /** It is about the data: some row in it is to blame. */
  | "data"
  /** It is about the statement: no repetition will help. */
  | "programmer";

/** States that do not follow their class. */
const STATES: Readonly<Record<string, ErrorClass>> = {
  // A sub-batch that runs into its statement_timeout; whoever cancels by hand means the same.
  "57014": "too-much",
  "25P04": "too-much",
  "53200": "too-much",
  "55P03": "contention",
  "55006": "transient",
  // A failover: what was the primary is a standby now.
  "25006": "transient",
  "25P03": "transient",
  "XX000": "transient",
  // A function's own RAISE; assertions and missing rows are the function's as well.
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

/** What to do after this state; what is not known is taken for a mistake in the statement. */
export function errorClassOf(sqlstate: string): ErrorClass {
  return STATES[sqlstate] ?? CLASSES[sqlstate.slice(0, 2)] ?? "programmer";
}

/** What errors of a job's code mean, by their names, where it throws them to say so. */
const OWN_ERRORS: Readonly<Record<string, ErrorClass>> = {
  JobMisuse: "programmer",
  BadData: "data",
};

/**
 * The same of whatever was thrown. A job's own error says nothing of what it is about: it is tried
 * again, like a busy server.
 */
export function errorClassOfError(
  { sqlstate, name = "" }: { readonly sqlstate: string | undefined; readonly name?: string },
): ErrorClass {
  return sqlstate === undefined ? OWN_ERRORS[name] ?? "transient" : errorClassOf(sqlstate);
}

/** PostgreSQL's names of the conditions that sub-batches meet. */
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

/** `exception_class` of the tables: the condition's name, such as `CheckViolation`. */
export function exceptionClass(sqlstate: string): string {
  return CONDITIONS[sqlstate] ?? `SQLSTATE ${sqlstate}`;
}
