/**
 * What the records of `--json` are: declared once, rendered for readers, and held against what commands
 * print.
 *
 * @module
 */

/**
 * A field by name: its JSON type, `?` where it may be absent, and what it says, as in
 * `string|null: The next thing to do.` Types are string, integer, number, boolean, object, array, null
 * and any. Field names are those of the printed line: with underscores.
 */
export type Fields = Readonly<Record<string, string>>;

/** One kind of line. Several kinds may share a word; then other commands print them. */
export interface RecordKind {
  /** What `event` says: one word, or one of several that mean lines of the same kind. */
  readonly events: readonly [string, ...string[]];
  /** Commands that print it, such as `background show`; empty: every command may. */
  readonly commands: readonly string[];
  /** When it is printed, as a sentence. */
  readonly says: string;
  readonly fields: Fields;
}

/** A line as it was printed. */
export type Printed = Readonly<Record<string, unknown>>;

/** One field, taken apart. */
export interface Field {
  readonly name: string;
  readonly types: readonly string[];
  readonly isOptional: boolean;
  readonly says: string;
}

/** @throws {Error} For a declaration of another form. */
export function fieldsOf(fields: Fields): readonly Field[] {
  return Object.entries(fields).map(([name, text]) => {
    const match = /^([a-z|]+)(\?)?: (.+[.:])$/s.exec(text);
    if (match === null) throw new Error(`"${text}" of ${name} is no declaration of a field`);
    return {
      name,
      types: match[1]!.split("|"),
      isOptional: match[2] !== undefined,
      says: match[3]!,
    };
  });
}

/**
 * What is wrong with the lines of one command, as sentences: records and fields that are not declared,
 * declared ones that are absent, and values of another type.
 *
 * @param kinds All that are declared.
 */
export function recordFaults(
  lines: readonly Printed[],
  kinds: readonly RecordKind[],
): readonly string[] {
  const last = lines.at(-1);
  // A command that was killed has no last word: then any command may have printed a line.
  const command = typeof last?.["command"] === "string" ? last["command"] : undefined;
  return [...new Set(lines.flatMap((line) => lineFaults(line, { command, kinds })))];
}

function lineFaults(
  line: Printed,
  { command, kinds }: {
    readonly command: string | undefined;
    readonly kinds: readonly RecordKind[];
  },
): readonly string[] {
  const event = String(line["event"]);
  const candidates = kinds.filter((kind) =>
    kind.events.includes(event) &&
    (command === undefined || kind.commands.length === 0 || kind.commands.includes(command))
  );
  if (candidates.length === 0) {
    return [`the event "${event}" of the command "${command ?? ""}" is not declared`];
  }
  const faults = candidates.map(({ fields }) => fieldFaults(line, fieldsOf(fields)));
  const [fewest = []] = faults.sort((a, b) => a.length - b.length);
  return fewest.map((fault) => `${fault}, in "${event}" of the command "${command ?? ""}"`);
}

function fieldFaults(line: Printed, fields: readonly Field[]): readonly string[] {
  const known = new Set(["event", ...fields.map(({ name }) => name)]);
  return [
    ...Object.keys(line).filter((name) => !known.has(name)).map((name) =>
      `the field "${name}" is not declared`
    ),
    ...fields.flatMap(({ name, types, isOptional }) => {
      if (!(name in line)) return isOptional ? [] : [`the field "${name}" is absent`];
      const type = typeOf(line[name]);
      const fits = types.includes("any") || types.includes(type) ||
        type === "integer" && types.includes("number");
      return fits ? [] : [`the field "${name}" is of type ${type}, not ${types.join(" or ")}`];
    }),
  ];
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value === "number" && Number.isInteger(value) ? "integer" : typeof value;
}
