/**
 * tern's migrations: `<version>_<name>.sql`, in which a line parts the way up from the way back.
 *
 * @module
 */

import { Failure } from "../../failure.ts";
import { lineAndColumn } from "../../sql/offsets.ts";
import type { Layout } from "./layout.ts";
import { byNumber, loadNumbered } from "./numbered_files.ts";
import { fileWithLine, isNumberedFile, numberedFiles } from "./numbered_names.ts";
import { between } from "./sections.ts";
import { fillIn } from "./variables.ts";

const PARTING = /^---- create above \/ drop below ----.*$/m;
const DISABLE_TX = /^---- tern: disable-tx ----.*$/m;

/**
 * A chain in numeric order. Without the parting line there is no way back. `{{.name}}` is filled in;
 * what else tern's templates can do is refused by name.
 */
export const ternLayout: Layout = {
  name: "tern",

  recognises: isNumberedFile,

  mark: (tree) =>
    fileWithLine(tree, { line: /^---- (create above \/ drop below|tern: disable-tx) ----/m }),

  async load(tree, options) {
    const files = [...numberedFiles(await tree.list("") ?? [])].sort(byNumber);
    return await loadNumbered(tree, {
      ...options,
      files,
      key: "version",
      partsOf: (text, { path }) => {
        const reporting = { ...options, path: `${options.database}/${path}` };
        const filled = fillIn(text, {
          ...reporting,
          variables: options.variables,
          pattern: /\{\{-?\s*\.(\w+)\s*-?\}\}/g,
          useOf: ([, name]) => ({ name: name! }),
        });
        refuseTemplates(filled, reporting);
        const transactionNone = DISABLE_TX.test(filled);
        const parting = PARTING.exec(filled);
        const end = parting?.index ?? filled.length;
        const rest = parting && between(filled, end + parting[0].length, filled.length);
        return {
          up: { text: filled.slice(0, end), transactionNone },
          // tern calls a migration without SQL below the line irreversible.
          down: rest?.trim() ? { text: rest, transactionNone } : undefined,
        };
      },
    });
  },
};

/** `{{ template "shared/x.sql" . }}`, conditions and functions. */
function refuseTemplates(
  text: string,
  { path, report }: { readonly path: string; readonly report: (defect: Failure) => void },
): void {
  const found = /\{\{(?!-?\s*\.\w+\s*-?\}\}).*?\}\}/.exec(text);
  if (found === null) return;
  report(
    new Failure("definition/template", `${path} is a template: ${found[0]} is Go's, and not SQL.`, {
      hint: "Put the SQL that it stands for here, such as the text of the shared file.",
      place: { file: path, ...lineAndColumn(text, found.index) },
    }),
  );
}
