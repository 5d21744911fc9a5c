// Pure.
/**
 * Passwords that were typed, or written, where none belong.
 *
 * @module
 */

import { redactAll, redactText } from "../../connection/settings/redact.ts";
import { Failure } from "../../failure.ts";
import type { Output } from "./output.ts";

/**
 * The same output without what stands where connection strings keep their passwords, in whatever a
 * person or a program is told. Documents and records hold SQL of migrations, which is told as it is;
 * what else is in records was redacted when it came in.
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
