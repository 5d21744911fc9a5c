/**
 * Shows the progress of batched migrations while this process runs or awaits them: bars on a
 * terminal, else a line for each at intervals.
 *
 * @module
 */

import {
  type ProgressSnapshot,
  readProgressSnapshots,
} from "../../background/status/progress_snapshot.ts";
import { isRunnable } from "../../background/state/state_machine.ts";
import type { BackgroundTables } from "../../background/state/rows.ts";
import type { Connector, Session } from "../../connection/session/session.ts";
import type { Clock } from "../../runtime/clock.ts";
import {
  backgroundProgressBar,
  backgroundProgressLine,
  backgroundProgressOf,
} from "../../report/background_progress_bar.ts";
import { progressFields } from "../../report/progress_record.ts";
import type { Output } from "./output.ts";

/** Milliseconds between two redraws on a terminal, and between two lines elsewhere. */
const REDRAW = 1_000;
const REPEAT = 10_000;

/** Shows the progress of several databases together. */
export class LiveProgress {
  readonly #output: Output;
  readonly #clock: Clock;
  readonly #shown = new Map<string, readonly ProgressSnapshot[]>();
  readonly #lastShown = new Map<string, number>();

  constructor(output: Output, clock: Clock) {
    this.#output = output;
    this.#clock = clock;
  }

  /** Milliseconds between two updates. */
  get every(): number {
    return this.#output.terminal ? REDRAW : REPEAT;
  }

  /** Shows the migrations that are in progress. */
  show(database: string, snapshots: readonly ProgressSnapshot[]): void {
    const { terminal, style } = this.#output;
    this.#shown.set(database, snapshots.filter(({ status }) => isRunnable(status)));
    if (terminal === undefined) return this.#tell(database);
    const { columns, rows } = terminal;
    const bars = [...this.#shown].flatMap(([database, snapshots]) =>
      snapshots.map((one) =>
        backgroundProgressBar(backgroundProgressOf(database, one), { columns, style })
      )
    );
    terminal.draw(bars.slice(0, rows - 1));
  }

  #tell(database: string): void {
    const now = this.#clock.elapsed();
    const last = this.#lastShown.get(database);
    // Print no line at first: many migrations end before the first interval.
    if (last === undefined) return void this.#lastShown.set(database, now);
    if (now - last < REPEAT) return;
    this.#lastShown.set(database, now);
    for (const snapshot of this.#shown.get(database) ?? []) {
      this.#output.meter(backgroundProgressLine(backgroundProgressOf(database, snapshot)), {
        event: "batched-migration",
        ...progressFields(database, snapshot),
      });
    }
  }
}

/** Reads and shows progress until the signal is aborted. A failed read is ignored. */
export async function showLiveProgress(
  liveProgress: LiveProgress,
  { connector, name, clock, signal }: {
    readonly connector: Connector;
    readonly name: BackgroundTables;
    readonly clock: Clock;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  let session: Session | undefined;
  while (!signal.aborted) {
    try {
      session ??= await connector.open({
        applicationName: `migrator background ${name.database} (look)`,
        signal,
      });
      liveProgress.show(name.database, await readProgressSnapshots(session, name));
    } catch {
      await session?.close();
      session = undefined;
    }
    await clock.sleep(liveProgress.every, signal).catch(() => {});
  }
  await session?.close();
}
