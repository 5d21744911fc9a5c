/**
 * What every command is given: options, output, and the product that it is about.
 *
 * @module
 */

import type { RegisteredDefinitions } from "../../background/jobs/job_registry.ts";
import {
  type Environment,
  type Target,
  Workspace,
  type WorkspaceOptions,
} from "../../workspace/workspace.ts";
import type { Config } from "../../config/config.ts";
import { orAborted } from "../../runtime/or_aborted.ts";
import type { Source } from "../../source/source.ts";
import type { Output } from "../output/output.ts";

/** Options that every command takes. */
export interface GlobalOptions extends WorkspaceOptions {
  readonly json?: boolean;
}

/** One run of one command. */
export class Invocation extends Workspace {
  readonly output: Output;
  /** Aborted, with the failure to end with, by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  readonly #exit: { status: number };

  constructor(
    { output, signal, exit, ...product }: {
      readonly options: GlobalOptions;
      readonly output: Output;
      readonly environment: Environment;
      readonly source?: Source | undefined;
      readonly definitions?: RegisteredDefinitions | undefined;
      readonly signal: AbortSignal;
      readonly exit: { status: number };
    },
  ) {
    super({ ...product, event: output });
    this.output = output;
    this.signal = signal;
    this.#exit = exit;
  }

  // Reading cannot be stopped: a FIFO that nobody writes, or a file server that is gone, never answers.
  override project(): Promise<Config> {
    return orAborted(super.project(), this.signal);
  }

  override source(): Promise<Source> {
    return orAborted(super.source(), this.signal);
  }

  override target(name: string): Promise<Target> {
    return orAborted(super.target(name), this.signal);
  }

  /** Ends the command with another status than 0, although nothing failed. */
  exitWith(status: number): void {
    this.#exit.status = status;
  }
}
