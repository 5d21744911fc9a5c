/**
 * `bundle inspect`
 *
 * @module
 */

import type { Command } from "commander";
import { formatCount } from "../../../format/count.ts";
import { type StartInvocation, withExamples, withJson } from "../../invocation/options.ts";
import type { GlobalOptions } from "../../invocation/invocation.ts";

interface InspectOptions extends GlobalOptions {
  readonly verify?: string;
}

/** Shows what an executable carries. */
export function inspectCommand(group: Command, begin: StartInvocation): void {
  const command = group.command("inspect")
    .summary("show what an executable carries, and check it")
    .description(
      "Compares every byte of an executable with the digests inside it, and shows what it carries " +
        "and who has signed it. The executable is not run.",
    )
    .argument("<file>", "an executable that bundle has written")
    .option("--verify <file>", "fail unless this public key (PEM, ed25519) has signed it");
  withExamples(
    withJson(command),
    "migrator bundle inspect ./shop-migrator",
    "migrator bundle inspect ./shop-migrator --verify vendor.pub",
  )
    .action(async (file: string, options: InspectOptions) => {
      const { output } = begin(options);
      const { inspectBundle } = await import("../../../bundle/inspect_bundle.ts");
      const { readKeyFile } = await import("../../../workspace/trusted_key.ts");
      const key = options.verify === undefined
        ? undefined
        : await readKeyFile(options.verify, "public");
      const found = inspectBundle(file, key);
      output.print(`${file}: whole; made by migrator ${found.tool}, format ${found.format}`);
      for (const { name, migrations, batched } of found.databases) {
        const more = batched.length === 0 ? "" : `, batched: ${batched.join(", ")}`;
        output.print(`  ${name}: ${formatCount(migrations, "migration")}${more}`);
      }
      if (found.releases.length > 0) output.print(`  releases: ${found.releases.join(", ")}`);
      if (found.settings !== undefined) output.print(`  settings: ${found.settings}`);
      output.print(
        `  signature: ${
          found.signedBy === undefined
            ? "none"
            : key === undefined
            ? `by the key ${found.signedBy}, not checked: --verify FILE`
            : `valid, by the key ${found.signedBy}`
        }`,
      );
      output.finished({
        file,
        tool: found.tool,
        format: found.format,
        databases: found.databases,
        releases: found.releases,
        settings: found.settings ?? null,
        entries: found.entries,
        signed_by: found.signedBy ?? null,
        verified: key !== undefined,
      });
    });
}
