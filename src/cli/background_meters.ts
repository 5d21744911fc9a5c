/**
 * How far batched migrations are while this process works on them, or waits: bars on a terminal, a
 * line each now and then elsewhere.
 *
 * @module
 */

import { readStandings, type Standing } from "../background/standing.ts";
import { isWorkedOn } from "../background/status.ts";
import type { BackgroundName } from "../background/store.ts";
import type { Connector, Session } from "../connection/session.ts";
import type { Clock } from "../runtime/clock.ts";
import { meterBar, meterLine, meterOf } from "../telling/meter.ts";
import { standingFields } from "../telling/standing_record.ts";
import type { Output } from "./output/output.ts";

/** Milliseconds between two looks on a terminal, and between two lines elsewhere. */
const REDRAW = 1_000;
const REPEAT = 10_000;

/** Shows them, those of several databases together. */
export class Meters {
  readonly #output: Output;
  readonly #clock: Clock;
  readonly #shown = new Map<string, readonly Standing[]>();
  readonly #told = new Map<string, number>();

  constructor(output: Output, clock: Clock) {
    this.#output = output;
    this.#clock = clock;
  }

  /** Milliseconds after which there is something new to show. */
  get every(): number {
    return this.#output.terminal ? REDRAW : REPEAT;
  }

  /** Shows those that are under way. */
  show(database: string, standings: readonly Standing[]): void {
    const { terminal, style } = this.#output;
    this.#shown.set(database, standings.filter(({ status }) => isWorkedOn(status)));
    if (terminal === undefined) return this.#tell(database);
    const { columns, rows } = terminal;
    const bars = [...this.#shown].flatMap(([database, standings]) =>
      standings.map((one) => meterBar(meterOf(database, one), { columns, style }))
    );
    terminal.draw(bars.slice(0, rows - 1));
  }

  #tell(database: string): void {
    const now = this.#clock.elapsed();
    const last = this.#told.get(database);
    // The first line comes when there is something to say: much is over sooner.
    if (last === undefined) return void this.#told.set(database, now);
    if (now - last < REPEAT) return;
    this.#told.set(database, now);
    for (const standing of this.#shown.get(database) ?? []) {
      this.#output.meter(meterLine(meterOf(database, standing)), {
        event: "batched-migration",
        ...standingFields(database, standing),
      });
    }
  }
}

/** Looks and shows until the signal is aborted. A look that fails is no reason to stop anything. */
export async function showMeters(
  meters: Meters,
  { connector, name, clock, signal }: {
    readonly connector: Connector;
    readonly name: BackgroundName;
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
      meters.show(name.database, await readStandings(session, name));
    } catch {
      await session?.close();
      session = undefined;
    }
    await clock.sleep(meters.every, signal).catch(() => {});
  }
  await session?.close();
}
