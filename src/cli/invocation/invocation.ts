/**
 * What every command receives: options, output, and the workspace.
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

/** One execution of one command. */
export class Invocation extends Workspace {
  readonly output: Output;
  /** Aborted by SIGINT, SIGTERM and SIGHUP, with the failure to throw. */
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

  // A read cannot be cancelled: a FIFO without a writer or an unreachable file server never
  // answers.
  override project(): Promise<Config> {
    return orAborted(super.project(), this.signal);
  }

  override source(): Promise<Source> {
    return orAborted(super.source(), this.signal);
  }

  override target(name: string): Promise<Target> {
    return orAborted(super.target(name), this.signal);
  }

  override comparedTarget(name: string): Promise<Target> {
    return orAborted(super.comparedTarget(name), this.signal);
  }

  /** Ends the command with a status other than 0 although it did not fail. */
  exitWith(status: number): void {
    this.#exit.status = status;
  }
}
