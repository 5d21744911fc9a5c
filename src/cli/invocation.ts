/**
 * What every command is given: options, output, and the product that it is about.
 *
 * @module
 */

import type { OwnDefinitions } from "../background/code/own_code.ts";
import { type Environment, Product, type ProductOptions } from "../product/product.ts";
import type { Source } from "../source/source.ts";
import type { Output } from "./output/output.ts";

/** Options that every command takes. */
export interface GlobalOptions extends ProductOptions {
  readonly json?: boolean;
}

/** One run of one command. */
export class Invocation extends Product {
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
      readonly definitions?: OwnDefinitions | undefined;
      readonly signal: AbortSignal;
      readonly exit: { status: number };
    },
  ) {
    super({ ...product, told: output });
    this.output = output;
    this.signal = signal;
    this.#exit = exit;
  }

  /** Ends the command with another status than 0, although nothing failed. */
  exitWith(status: number): void {
    this.#exit.status = status;
  }
}
