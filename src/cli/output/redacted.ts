// Pure.
/**
 * Hides passwords that were typed or written in the wrong place.
 *
 * @module
 */

import { redactAll, redactText } from "../../connection/settings/redact.ts";
import { Failure } from "../../failure.ts";
import type { Output } from "./output.ts";

/**
 * Wraps an output so that it hides passwords in connection strings. Documents and records pass
 * unchanged: they hold the SQL of migrations, and their other fields were redacted when they were
 * read.
 */
export function redacted(output: Output): Output {
  return {
    ...output,
    print: (...lines) => output.print(...lines.map(redactText)),
    warn: (message) => output.warn(redactText(message)),
    event: (event) => output.event(redactAll(event)),
    failed: (failures, exit) => output.failed(failures.map(clean), exit),
    finished: (facts) => output.finished(redactAll(facts)),
  };
}

function clean({ code, message, hint, place, facts }: Failure): Failure {
  return new Failure(code, redactText(message), {
    facts: redactAll(facts),
    ...(hint ? { hint: redactText(hint) } : {}),
    ...(place ? { place: redactAll(place) } : {}),
  });
}
