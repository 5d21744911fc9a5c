/**
 * Sends the parts of a page that change, as server-sent events, to everybody who has it open.
 *
 * @module
 */

import type { HttpAnswer, HttpSink } from "../../../runtime/http_server.ts";
import type { Clock } from "../../../runtime/clock.ts";

/** Milliseconds between two looks at the servers; everybody who looks shares them. */
const INTERVAL = 1_000;

/** Looks without news after which a comment keeps the connection open. */
const QUIET_LOOKS = 15;

/** The most streams at a time. */
const MOST_STREAMS = 100;

/** The markup of elements by their `id`. */
export type Panels = ReadonlyMap<string, string>;

interface View {
  readonly sinks: Set<HttpSink>;
  panels: Panels;
}

/** The pages that are open. */
export class LiveViews {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #views = new Map<string, View>();
  #streams = 0;

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
  }

  /**
   * Answers with a stream of the panels that change.
   *
   * @param key Equal for equal pages: one look serves all of them.
   * @param read Reads the panels. Must not fail.
   * @param begin Called with each stream; may send events of its own.
   */
  stream(
    key: string,
    read: () => Promise<Panels>,
    begin: (sink: HttpSink) => void = () => {},
  ): HttpAnswer {
    if (this.#streams >= MOST_STREAMS) {
      return { status: 503, body: `${MOST_STREAMS} pages are open already\n` };
    }
    return {
      status: 200,
      type: "text/event-stream; charset=utf-8",
      body: (sink) => {
        this.#streams++;
        sink.closed.addEventListener("abort", () => this.#streams--, { once: true });
        begin(sink);
        this.#join(key, { sink, read });
      },
    };
  }

  #join(
    key: string,
    { sink, read }: { readonly sink: HttpSink; readonly read: () => Promise<Panels> },
  ): void {
    const known = this.#views.get(key);
    const view = known ?? { sinks: new Set<HttpSink>(), panels: new Map() };
    view.sinks.add(sink);
    sink.closed.addEventListener("abort", () => view.sinks.delete(sink), { once: true });
    for (const [id, html] of view.panels) sink.send(serverEvent("panel", { id, html }));
    if (known !== undefined) return;
    this.#views.set(key, view);
    void this.#follow(key, { view, read });
  }

  /** Looks again and again while somebody has the page open. */
  async #follow(
    key: string,
    { view, read }: { readonly view: View; readonly read: () => Promise<Panels> },
  ): Promise<void> {
    for (let quiet = 0; view.sinks.size > 0 && !this.#signal.aborted; quiet++) {
      const now = await read();
      const news = [...now].filter(([id, html]) => view.panels.get(id) !== html);
      view.panels = now;
      const text = news.map(([id, html]) => serverEvent("panel", { id, html })).join("");
      if (text !== "") quiet = 0;
      for (const sink of view.sinks) {
        if (text !== "") sink.send(text);
        else if (quiet % QUIET_LOOKS === 0) sink.send(": still here\n\n");
      }
      await this.#clock.sleep(INTERVAL, this.#signal).catch(() => {});
    }
    this.#views.delete(key);
  }
}

/** One event; JSON has no line ends. */
export function serverEvent(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
