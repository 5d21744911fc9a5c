// Pure.
/**
 * Checks what schema migrations say about batched migrations.
 *
 * @module
 */

import type { BatchedMigration } from "../definition/batched/batched_migration.ts";
import {
  batchedIdentity,
  type BatchedReference,
  REFERENCE_KEYS,
  type ReferenceKey,
  resolveReference,
} from "../definition/batched/batched_reference.ts";
import { argumentFaults } from "../definition/batched/batched_parameters.ts";
import type { Definition } from "../definition/migration/definition.ts";
import { type CodeOf, Failure, type Place } from "../failure.ts";
import type { Graph } from "../graph/graph.ts";
import { suggest } from "../suggest.ts";

/** All that is known of one database. */
export interface ReferringDefinition {
  readonly background: readonly BatchedMigration[];
  readonly graph: Graph<Definition>;
  /** Where a reference stands. */
  readonly placeOf: (reference: BatchedReference) => Place | undefined;
}

/** Everything that is wrong, in the order of the graph. */
export function referenceDefects(
  { background, graph, placeOf }: ReferringDefinition,
): readonly Failure[] {
  const defects: Failure[] = [];
  for (const definition of graph.ordered) {
    const references = [...referencesOf(definition)];
    if (references.length === 0) continue;
    const before = ancestorsOf(definition, { graph, background });
    const seen = new Set<string>();
    for (const { key, reference } of references) {
      const found = resolveReference(reference, background);
      const wrong = found === undefined
        ? unknown(reference, { definition, background })
        : unknownArgument(reference, background) ?? unfitArguments(found) ??
          misplaced(definition, key) ?? unmet(found, { key, definition, seen, before });
      if (found !== undefined) seen.add(batchedIdentity(found));
      const place = placeOf(reference);
      if (wrong === undefined) continue;
      const { code, message, hint } = wrong;
      defects.push(new Failure(code, message, { hint, ...(place ? { place } : {}) }));
    }
  }
  return defects;
}

/** What the migrations before one have done to batched migrations, by identity. */
interface Ancestors {
  readonly queued: ReadonlySet<string | undefined>;
  /** The version that deleted one which no later migration queued again. */
  readonly deletedBy: ReadonlyMap<string | undefined, bigint>;
}

function ancestorsOf(
  { version: own }: Definition,
  { graph, background }: Pick<ReferringDefinition, "graph" | "background">,
): Ancestors {
  const before = graph.ancestors([own]);
  const queued = new Set<string | undefined>();
  const deletedBy = new Map<string | undefined, bigint>();
  for (const { version, metadata } of graph.ordered) {
    if (version === own || !before.has(version)) continue;
    for (const reference of metadata.deletes ?? []) {
      deletedBy.set(identityIn(background, reference), version);
    }
    for (const reference of metadata.queues ?? []) {
      const identity = identityIn(background, reference);
      queued.add(identity);
      deletedBy.delete(identity);
    }
  }
  return { queued, deletedBy };
}

function* referencesOf({ metadata }: Definition) {
  for (const key of REFERENCE_KEYS) {
    for (const reference of metadata[key] ?? []) yield { key, reference };
  }
}

function identityIn(background: readonly BatchedMigration[], reference: BatchedReference) {
  const found = resolveReference(reference, background);
  return found && batchedIdentity(found);
}

interface Wrong {
  readonly code: CodeOf<"definition">;
  readonly message: string;
  readonly hint: string;
}

function unknown(
  { name }: BatchedReference,
  { definition, background }: {
    readonly definition: Definition;
    readonly background: readonly BatchedMigration[];
  },
): Wrong {
  const meant = suggest(name, background.map((one) => one.name));
  return {
    code: "definition/unknown-batched-migration",
    message: `Migration ${definition.version} names the batched migration ${name}, ` +
      "which is not declared.",
    hint: meant === undefined
      ? `Declare it in background/${name}.yaml, or run the program that defines it.`
      : `Did you mean ${meant}?`,
  };
}

function unknownArgument(
  reference: BatchedReference,
  background: readonly BatchedMigration[],
): Wrong | undefined {
  const declared = background.find(({ name }) => name === reference.name)!;
  const names = Object.keys(declared.parameters ?? declared.arguments);
  const strange = Object.keys(reference.arguments ?? {}).find((name) => !names.includes(name));
  if (strange === undefined) return undefined;
  const meant = suggest(strange, names);
  return {
    code: "definition/unknown-argument",
    message: `${declared.path} declares no argument ${strange}.`,
    hint: meant === undefined
      ? `Add it to \`arguments\` there: it has ${names.join(", ") || "none"}.`
      : `Did you mean ${meant}?`,
  };
}

/** What a job in TypeScript could not work with. */
function unfitArguments({ name, path, parameters, arguments: given }: BatchedMigration) {
  const [fault] = parameters ? argumentFaults(parameters, given) : [];
  return fault === undefined ? undefined : {
    code: "definition/unfit-argument",
    message: `${path} ${fault}.`,
    hint: `Write it where it is named: { name: ${name}, arguments: { … } }.`,
  } as const;
}

/** What queues must be one with the history, and what is run by hand queues nothing. */
function misplaced({ version, up, down, metadata }: Definition, key: ReferenceKey) {
  const outside = [up, down].find((script) => script?.transaction === "none");
  if (outside !== undefined) {
    return {
      code: "definition/batched-outside-transaction",
      message:
        `Migration ${version} has \`${key}\`, but ${outside.path} runs outside a transaction.`,
      hint: "Put it into a migration of its own, which may be empty otherwise.",
    } as const;
  }
  if (!metadata.privileged) return undefined;
  return {
    code: "definition/batched-privileged",
    message:
      `Migration ${version} has \`${key}\`, but needs rights of its own and may be run by hand.`,
    hint: "Put it into a migration of its own, which may be empty otherwise.",
  } as const;
}

function unmet(
  found: BatchedMigration,
  { key, definition, seen, before }: {
    readonly key: ReferenceKey;
    readonly definition: Definition;
    readonly seen: ReadonlySet<string>;
    readonly before: Ancestors;
  },
): Wrong | undefined {
  const identity = batchedIdentity(found);
  if (seen.has(identity)) {
    return {
      code: "definition/batched-twice",
      message: `Migration ${definition.version} names the batched migration ${found.name} twice.`,
      hint: "Remove one of them; to queue it anew `queues` is enough, which ends the one before.",
    };
  }
  if (key === "queues") return undefined;
  const deleter = before.deletedBy.get(identity);
  if (key === "finalizes" && deleter !== undefined) {
    return {
      code: "definition/batched-deleted",
      message: `Migration ${definition.version} finalizes ${found.name}, which migration ` +
        `${deleter} before it deletes.`,
      hint: `Remove \`finalizes\` here, or \`deletes\` there, or queue it again in between.`,
    };
  }
  if (before.queued.has(identity)) return undefined;
  return {
    code: "definition/never-queued",
    message: `Migration ${definition.version} ${key} ${found.name}, which no migration before it ` +
      "queues with these arguments.",
    hint: `Write \`queues: [${found.name}]\` into an earlier migration, or remove it here.`,
  };
}
