// Pure.
/**
 * The text that an SQL expression makes, as far as its constants show it.
 *
 * @module
 */

import type { Node } from "@pgsql/types";
import { textsOf } from "./relation_name.ts";

/** Stands for what only the run knows; it is a valid name, and no real one. */
const UNKNOWN = "migrator_unknown";

/**
 * Folds constants, `||`, `format()`, `concat()` and the quoting functions; anything else in between becomes
 * a name of no meaning. Undefined when nothing of the text is known.
 */
export function foldText(node: Node): string | undefined {
  const constant = constantOf(node);
  if (constant !== undefined) return constant;
  if ("TypeCast" in node && node.TypeCast.arg !== undefined) return foldText(node.TypeCast.arg);
  if ("A_Expr" in node && textsOf(node.A_Expr.name).at(-1) === "||") {
    const { lexpr, rexpr } = node.A_Expr;
    const [left, right] = [lexpr && foldText(lexpr), rexpr && foldText(rexpr)];
    if (left === undefined && right === undefined) return undefined;
    return `${left ?? UNKNOWN}${right ?? UNKNOWN}`;
  }
  if (!("FuncCall" in node)) return undefined;
  const { funcname, args = [] } = node.FuncCall;
  const name = textsOf(funcname).at(-1);
  if (name === "format") return formatted(args);
  if (name === "concat" && args.some((one) => foldText(one) !== undefined)) {
    return args.map((one) => foldText(one) ?? UNKNOWN).join("");
  }
  return undefined;
}

function constantOf(node: Node): string | undefined {
  return "A_Const" in node ? node.A_Const.sval?.sval : undefined;
}

/** `%I` and `%s` take the next argument, or one by number: `%2$I`. */
function formatted([template, ...values]: readonly Node[]): string | undefined {
  const pattern = template && foldText(template);
  if (pattern === undefined) return undefined;
  let next = 0;
  return pattern.replaceAll(
    /%(?:(\d+)\$)?-?\d*([sIL%])/g,
    (_, position?: string, kind?: string) => {
      if (kind === "%") return "%";
      const value = values[position === undefined ? next++ : Number(position) - 1];
      const text = value && foldText(value);
      return kind === "L" ? `'${(text ?? UNKNOWN).replaceAll("'", "''")}'` : text ?? UNKNOWN;
    },
  );
}
