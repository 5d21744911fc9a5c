/**
 * Changes a batched migration at the request of a person who uses the page.
 *
 * @module
 */

import { changeSettings } from "../../../background/control/change_settings.ts";
import { changeState } from "../../../background/control/change_state.ts";
import type { WantedSettings } from "../../../background/control/changeable_settings.ts";
import {
  dropQuarantined,
  retryQuarantined,
} from "../../../background/control/resolve_quarantine.ts";
import {
  type ProgressSnapshot,
  readProgressSnapshots,
} from "../../../background/status/progress_snapshot.ts";
import { type Code, Failure } from "../../../failure.ts";
import { formatCount } from "../../../format/count.ts";
import { parseDuration } from "../../../format/duration.ts";
import { CHANGES } from "../../../page/panels/change_forms.ts";
import { settingText } from "../../../report/batched_text.ts";
import type { ServedDatabase } from "./read_views.ts";

/** A change, as it was sent. */
export interface ChangeRequest {
  readonly id: string;
  /** The fields of the form, or of the JSON object, as text. */
  readonly fields: ReadonlyMap<string, string>;
  /** The process that serves the page: `app@host`. */
  readonly server: string;
  /** Begins to finalize the migration, and returns. */
  readonly finalize: (snapshot: ProgressSnapshot, by: Actor) => void;
}

/** Who does something, and why. */
export interface Actor {
  readonly who: string;
  readonly reason: string;
}

/**
 * Does it, and says what was done.
 *
 * @throws {Failure} `usage/*`: the request is incomplete; `background/*`, `connection/*`,
 * `history/*`: it was refused.
 */
export async function performChange(
  { history, reader }: ServedDatabase,
  { id, fields, server, finalize }: ChangeRequest,
): Promise<string> {
  const change = CHANGES.find((one) => one === fields.get("change"));
  if (change === undefined) {
    throw refused("usage/unknown-command", `There is no change "${fields.get("change") ?? ""}".`, {
      hint: `Use one of: ${CHANGES.join(", ")}`,
    });
  }
  const by = actorOf(fields, server);
  return await reader.read(async (session) => {
    const [snapshot] = await readProgressSnapshots(session, history, { id });
    if (snapshot === undefined) {
      throw refused("background/unknown", `There is no batched migration with the id ${id}.`, {
        hint: "See those there are: migrator background list --all",
      });
    }
    const { name } = snapshot;
    switch (change) {
      case "pause":
      case "resume":
      case "retry": {
        const { from, to, isSame } = await changeState(session, history, {
          snapshot,
          change,
          ...by,
        });
        return isSame ? `${name} is ${to} already` : `${name} is ${to} (was ${from})`;
      }
      case "set": {
        const wanted = settingsOf(fields);
        const changed = await changeSettings(session, history, { snapshot, wanted, ...by });
        return changed.length === 0
          ? `${name} has these settings already`
          : `${name}: ${changed.map(settingText).join(", ")}`;
      }
      case "finalize":
        finalize(snapshot, by);
        return `${name} is being finalized; the log says how it ends`;
      case "quarantine-retry": {
        const { jobs } = await retryQuarantined(session, history, {
          snapshot,
          ids: rowsOf(fields),
          ...by,
        });
        return `${
          formatCount(jobs.length, "row")
        } of ${name} given back; workers take them from here`;
      }
      case "quarantine-drop": {
        if ((fields.get("rows") ?? "").trim() === "") {
          throw refused("usage/missing-argument", "Say which rows to drop.", {
            hint: "Write their numbers, such as 4 7; or all.",
          });
        }
        const ids = rowsOf(fields);
        const dropped = await dropQuarantined(session, history, { snapshot, ids, ...by });
        return `${formatCount(dropped, "row")} of ${name} dropped`;
      }
    }
  });
}

function actorOf(fields: ReadonlyMap<string, string>, server: string): Actor {
  const [name, reason] = ["who", "reason"].map((field) => fields.get(field)?.trim() ?? "");
  if (!name || !reason) {
    throw refused("usage/missing-argument", "A change needs your name and a reason.", {
      hint: "Fill in both.",
    });
  }
  return { who: `${name} (page of ${server})`, reason };
}

/** Ids of quarantine rows; undefined for all: nothing was written, or `all`. */
function rowsOf(fields: ReadonlyMap<string, string>): readonly string[] | undefined {
  if (fields.get("rows")?.trim() === "all") return undefined;
  const words = (fields.get("rows") ?? "").split(/[\s,]+/).filter((word) => word !== "");
  const wrong = words.find((word) => !/^\d{1,18}$/.test(word));
  if (wrong !== undefined) {
    throw refused("usage/invalid-value", `"${wrong}" is not the number of a row.`, {
      hint: "Write the numbers of the table, such as 4 7; or nothing, for all rows.",
    });
  }
  return words.length === 0 ? undefined : words;
}

function settingsOf(fields: ReadonlyMap<string, string>): WantedSettings {
  const text = (name: string) => fields.get(name)?.trim() || undefined;
  const [pause, batchSize, subBatchSize, workers] = [
    text("pause"),
    text("batch_size"),
    text("sub_batch_size"),
    text("workers"),
  ];
  const wanted: WantedSettings = {
    ...(pause === undefined ? {} : { pauseMs: duration(pause) }),
    ...(batchSize === undefined ? {} : { batchSize: count(batchSize) }),
    ...(subBatchSize === undefined ? {} : { subBatchSize: count(subBatchSize) }),
    ...(workers === undefined ? {} : { maxWorkers: workers === "none" ? "none" : count(workers) }),
  };
  if (Object.keys(wanted).length === 0) {
    throw refused("usage/missing-option", "No setting was given.", {
      hint: "Write at least one, such as a pause of 1s.",
    });
  }
  return wanted;
}

function duration(text: string): number {
  const parsed = parseDuration(text, { hasNone: true });
  if (parsed.milliseconds !== undefined) return parsed.milliseconds;
  throw refused("usage/invalid-value", `"${text}" is not a duration.`, {
    hint: `${parsed.repair}.`,
  });
}

function count(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw refused("usage/invalid-value", `"${text}" is not a whole number of at least 1.`, {
    hint: "Write digits only.",
  });
}

function refused(
  code: Code,
  message: string,
  { hint }: { readonly hint: string },
): Failure {
  return new Failure(code, message, { hint });
}
