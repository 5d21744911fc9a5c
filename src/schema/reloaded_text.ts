// Pure.
/**
 * Rewrites expressions into the form in which the server prints them after one dump and reload.
 *
 * PostgreSQL prints the tree that it has stored, and parsing what it prints does not always give that tree
 * again, though it means the same. Two ways of writing are affected, and both are common:
 *
 * - `a BETWEEN 1 AND 2 AND b` is stored as an AND in an AND; the parser makes one of them of what is
 *   printed.
 * - `status IN ('a', 'b')` of a varchar column is stored with a cast of the whole array; the parser casts
 *   each element of what is printed.
 *
 * Texts are compared in the form that they have afterwards, which no more reloads change.
 *
 * @module
 */

import { scan, type Token } from "../sql/scanner.ts";

/** A token, or what stands between two brackets. */
interface Item extends Token {
  /** The token's text; of a group its opening bracket. */
  readonly text: string;
  /** Of a group. */
  readonly items?: readonly Item[];
}

/** A piece of the text that is written in another way. */
interface Edit extends Token {
  readonly text: string;
}

/** @param text What pg_get_expr() or one of its kind has printed, without "pretty" parentheses. */
export function reloadedText(text: string): string {
  if (!/\b(AND|OR|ARRAY)\b/.test(text)) return text;
  const edits: Edit[] = [];
  collect(groupsOf(text), { text, edits });
  return applied(text, edits);
}

/** The tokens with what is between brackets as one item each. */
function groupsOf(text: string): readonly Item[] {
  const outermost: Item[] = [];
  const open: { items: Item[]; start: number; bracket: string }[] = [];
  for (const { start, end } of scan(text)) {
    const token = text.slice(start, end);
    const items = open.at(-1)?.items ?? outermost;
    if (token === "(" || token === "[") open.push({ items: [], start, bracket: token });
    else if ((token === ")" || token === "]") && open.length > 0) {
      const group = open.pop()!;
      (open.at(-1)?.items ?? outermost).push({
        start: group.start,
        end,
        text: group.bracket,
        items: group.items,
      });
    } else items.push({ start, end, text: token });
  }
  return outermost;
}

function collect(
  items: readonly Item[],
  context: { readonly text: string; readonly edits: Edit[] },
): void {
  const { text, edits } = context;
  const [first, second] = items;
  if (first?.text === "(" && isOperator(second) && isChain(first, second!.text)) {
    edits.push({ start: first.start, end: first.start + 1, text: "" });
    edits.push({ start: first.end - 1, end: first.end, text: "" });
  }
  for (const [index, item] of items.entries()) {
    if (item.items === undefined) continue;
    const cast = castOfArray(items, index, text);
    if (cast !== undefined) edits.push(cast);
    else collect(item.items, context);
  }
}

function isOperator(item: Item | undefined): boolean {
  return item?.text === "AND" || item?.text === "OR";
}

/** `(a AND b)` for AND. A query in parentheses is none. */
function isChain({ items = [] }: Item, operator: string): boolean {
  return items.some(({ text }) => text === operator) &&
    !["SELECT", "WITH", "VALUES", "ROWS", "RANGE", "GROUPS"].includes(items[0]?.text ?? "");
}

/** `(ARRAY[a, b])::text[]` as `ARRAY[(a)::text, (b)::text]`. */
function castOfArray(items: readonly Item[], index: number, text: string): Edit | undefined {
  const [word, elements, more] = items[index]!.items ?? [];
  if (items[index]!.text !== "(" || word?.text !== "ARRAY" || more !== undefined) return undefined;
  if (elements?.items === undefined || items[index + 1]?.text !== "::") return undefined;
  const type = elementType(items, index + 2);
  if (type === undefined) return undefined;
  const typeText = text.slice(type.start, type.end);
  const casts = elementsOf(elements.items).map(({ start, end }) =>
    `(${reloadedText(text.slice(start, end))})::${typeText}`
  );
  return { start: items[index]!.start, end: type.arrayEnd, text: `ARRAY[${casts.join(", ")}]` };
}

/** The type in `text[]`, which begins at that item; undefined where it is no array's. */
function elementType(
  items: readonly Item[],
  begin: number,
): Token & { readonly arrayEnd: number } | undefined {
  for (let index = begin; index < items.length; index++) {
    const { text, items: inside, end } = items[index]!;
    if (text === "[" && inside?.length === 0 && index > begin) {
      return { start: items[begin]!.start, end: items[index - 1]!.end, arrayEnd: end };
    }
    const belongs = text === "." || text === "(" || /^["\p{L}_]/u.test(text);
    if (!belongs) return undefined;
  }
  return undefined;
}

/** What commas separate. */
function elementsOf(items: readonly Item[]): readonly Token[] {
  const elements: { start: number; end: number }[] = [];
  let isNew = true;
  for (const { text, start, end } of items) {
    if (text === ",") isNew = true;
    else if (isNew) {
      elements.push({ start, end });
      isNew = false;
    } else elements.at(-1)!.end = end;
  }
  return elements;
}

function applied(text: string, edits: readonly Edit[]): string {
  let result = "";
  let at = 0;
  for (const { start, end, text: other } of edits.toSorted((a, b) => a.start - b.start)) {
    result += text.slice(at, start) + other;
    at = end;
  }
  return result + text.slice(at);
}
