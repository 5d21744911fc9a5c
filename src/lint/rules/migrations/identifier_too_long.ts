// Pure.
import { scan } from "../../../sql/scanner.ts";
import type { Rule } from "../../model/rule.ts";

/** PostgreSQL cuts names off. */
export const identifierTooLong: Rule = {
  code: "identifier-too-long",
  family: "migrations",
  severity: "warning",
  title: "A name of more than 63 bytes",
  why:
    "PostgreSQL cuts it off, with a notice only. Two names that begin alike become the same, and IF EXISTS " +
    "looks for another name than was meant.",
  recipe: "-- A shorter name.",
  bad:
    `CREATE INDEX CONCURRENTLY index_on_the_orders_of_users_by_their_identifier_and_by_the_day_of_the_order
  ON orders (user_id);`,
  good: "CREATE INDEX CONCURRENTLY orders_user_id ON orders (user_id);",
  *statement({ start, end, within }, { script }) {
    const text = script.text.slice(start, end);
    if (within !== undefined || !/[\w$]{64}|"[^"]{64}|[\u0080-\uffff]/.test(text)) return;
    const tooLong = new Set<string>();
    for (const token of scan(text)) {
      const word = text.slice(token.start, token.end);
      if (!/^["A-Za-z_\u0080-\uffff]/.test(word) || /^[EeBbXxUu]&?'/.test(word)) continue;
      const name = word.startsWith('"') ? word.slice(1, -1).replaceAll('""', '"') : word;
      if (new TextEncoder().encode(name).length > LONGEST) tooLong.add(name);
    }
    for (const name of tooLong) {
      yield { message: `PostgreSQL cuts ${name} off after ${LONGEST} bytes.` };
    }
  },
};

/** NAMEDATALEN - 1. */
const LONGEST = 63;
