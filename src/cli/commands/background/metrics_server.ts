/**
 * `--listen`: answers Prometheus, and health checks of workers.
 *
 * @module
 */

import { CONTENT_TYPE, exposition } from "../../../background/metrics/exposition.ts";
import { familiesOf } from "../../../background/metrics/metric_families.ts";
import { Monitor } from "../../../background/metrics/monitor.ts";
import type { WorkerPool } from "../../../background/crew/worker_pool.ts";
import { Failure } from "../../../failure.ts";
import { type HttpAnswer, type HttpServer, listen } from "../../../runtime/http_server.ts";
import type { ListenAddress } from "../../invocation/listen_address.ts";
import { escapeControls } from "../../../format/escape_controls.ts";
import { VERSION } from "../../../version.ts";

/** Answers HTTP requests while workers run. */
export class MetricsServer {
  readonly #monitors: Monitor[] = [];
  #server: HttpServer | undefined;

  /**
   * @throws {Failure} `settings/listen`.
   */
  async begin({ host, port }: ListenAddress): Promise<string> {
    try {
      this.#server = await listen({ host, port }, (path) => this.#answer(path));
      return this.#server.address;
    } catch (error) {
      const code = String((error as { code?: unknown } | null)?.code ?? "");
      const where = `${host === undefined ? "" : host.includes(":") ? `[${host}]` : host}:${port}`;
      throw new Failure("settings/listen", `Cannot listen at ${where}: ${why(code, error)}.`, {
        hint: code === "EADDRINUSE"
          ? "Name another: --listen :PORT (one for each process of this host)"
          : "Name an address of this host: --listen HOST:PORT, or --listen :PORT for all of them",
        facts: { address: where, code },
        cause: error,
      });
    }
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
    await Promise.all(this.#monitors.map((monitor) => monitor.close()));
  }

  #answer(path: string): Promise<HttpAnswer> | undefined {
    switch (path) {
      case "/healthz":
        return Promise.resolve(health(this.#monitors.map((monitor) => monitor.stuck())));
      case "/readyz":
        return this.#ready();
      case "/metrics":
        return this.#metrics();
    }
    return undefined;
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

function why(code: string, error: unknown): string {
  switch (code) {
    case "EADDRINUSE":
      return "another process has this address";
    case "EADDRNOTAVAIL":
      return "this host has no such address";
    case "EACCES":
      return "ports below 1024 are for root";
    default:
      return (error as Error).message;
  }
}
