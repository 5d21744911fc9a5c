/**
 * `--listen`: answers Prometheus, health checks of workers, and browsers with the page.
 *
 * @module
 */

import { CONTENT_TYPE, exposition } from "../../../background/metrics/exposition.ts";
import { familiesOf } from "../../../background/metrics/metric_families.ts";
import { Monitor } from "../../../background/metrics/monitor.ts";
import type { WorkerPool } from "../../../background/crew/worker_pool.ts";
import type { HttpAnswer, HttpRequest, HttpServer } from "../../../runtime/http_server.ts";
import { listenAt } from "../serve/listen_at.ts";
import type { PageGate } from "../serve/page_gate.ts";
import type { ListenAddress } from "../../invocation/listen_address.ts";
import { escapeControls } from "../../../format/escape_controls.ts";
import { VERSION } from "../../../version.ts";

/** What is answered besides the page. */
const OWN_PATHS = ["/healthz", "/readyz", "/metrics"];

/** Answers HTTP requests while workers run. */
export class MetricsServer {
  readonly #pages: PageGate | undefined;
  readonly #monitors: Monitor[] = [];
  #server: HttpServer | undefined;

  /** @param pages Undefined: no page. */
  constructor(pages: PageGate | undefined) {
    this.#pages = pages;
  }

  /**
   * @throws {Failure} `settings/listen`.
   */
  async begin(address: ListenAddress): Promise<string> {
    this.#server = await listenAt(address, (request) => this.#answer(request), {
      takesPost: this.#pages !== undefined,
    });
    return this.#server.address;
  }

  /** Returns the pool, with its events counted for the metrics. */
  watch(pool: WorkerPool, workers: number): WorkerPool {
    const { name, connector, clock } = pool;
    const monitor = new Monitor({ name, connector, clock, workers });
    this.#monitors.push(monitor);
    return {
      ...pool,
      heartbeat: monitor.heartbeat,
      report: (event) => {
        monitor.note(event);
        pool.report(event);
      },
    };
  }

  async close(): Promise<void> {
    await this.#server?.close();
    await Promise.all([
      this.#pages?.close(),
      ...this.#monitors.map((monitor) => monitor.close()),
    ]);
  }

  #answer(request: HttpRequest): Promise<HttpAnswer> | undefined {
    if (request.method === "POST" && OWN_PATHS.includes(request.path)) {
      const headers = { allow: "GET, HEAD" };
      return Promise.resolve({ status: 405, body: "only GET and HEAD\n", headers });
    }
    switch (request.path) {
      case "/healthz":
        return Promise.resolve(health(this.#monitors.map((monitor) => monitor.stuck())));
      case "/readyz":
        return this.#ready();
      case "/metrics":
        return this.#metrics();
    }
    return this.#pages?.answer(request);
  }

  async #ready(): Promise<HttpAnswer> {
    if (this.#monitors.length === 0) return health(["no worker has begun"]);
    return health(await Promise.all(this.#monitors.map((monitor) => monitor.trouble())));
  }

  async #metrics(): Promise<HttpAnswer> {
    const metricsInputs = await Promise.all(this.#monitors.map((monitor) => monitor.known()));
    return {
      status: 200,
      body: exposition(familiesOf(metricsInputs, VERSION)),
      type: CONTENT_TYPE,
    };
  }
}

function health(troubles: readonly (string | undefined)[]): HttpAnswer {
  const some = troubles.filter((one) => one !== undefined);
  return some.length === 0
    ? { status: 200, body: "ok\n" }
    : { status: 503, body: some.map(escapeControls).join("\n") + "\n" };
}
