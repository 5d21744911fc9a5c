/**
 * Measures how long a server has sent nothing, and abandons the connection after a limit.
 *
 * A network can lose every packet without an error on either side. Then a connection waits while the
 * kernel retransmits, a quarter of an hour or more. So each connection measures the time since it last
 * received a byte, while an answer is due.
 *
 * @module
 */

/** The limits of silence, in milliseconds. */
export interface SilenceLimits {
  /** Silence while an answer is due. Read whenever that begins. */
  readonly answer: () => number;
  /** Silence after the signal was aborted, while an answer is due. */
  readonly stop: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Milliseconds by which the end comes later. Timers run before the network is read: after a long
 * computation of our own, an answer that came in time is still unread.
 */
const CONFIRM = 250;

/** Milliseconds that a timer can wait at most. */
export const LONGEST_TIMER = 2 ** 31 - 1;

/** Measures the silence of one connection. */
export class Silence {
  readonly #limits: SilenceLimits;
  readonly #giveUp: (milliseconds: number) => void;
  readonly #onAbort = () => {
    this.#abortedAt = performance.now();
    this.#arm();
  };
  /** Answers that are due. */
  #due = 0;
  #since = 0;
  #abortedAt: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param giveUp Called at most once, with the length of the silence in milliseconds. */
  constructor(limits: SilenceLimits, giveUp: (milliseconds: number) => void) {
    this.#limits = limits;
    this.#giveUp = giveUp;
    if (limits.signal?.aborted) this.#abortedAt = performance.now();
    else limits.signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Milliseconds since the last byte from the server; 0 while no answer is due. */
  get milliseconds(): number {
    return this.#due === 0 ? 0 : performance.now() - this.#since;
  }

  /** A message was sent that the server must answer. */
  asked(): void {
    if (this.#due++ > 0) return;
    this.#since = performance.now();
    this.#arm();
  }

  /** Bytes arrived. */
  heard(): void {
    this.#since = performance.now();
  }

  /** One answer is complete. */
  answered(): void {
    this.#due = Math.max(0, this.#due - 1);
    if (this.#due === 0) clearTimeout(this.#timer);
  }

  /** No answer is due any more, and none will be. */
  end(): void {
    this.#due = 0;
    clearTimeout(this.#timer);
    this.#limits.signal?.removeEventListener("abort", this.#onAbort);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#due === 0) return;
    const left = this.#end() - performance.now();
    if (left === Infinity) return;
    if (left > 0) {
      this.#timer = setTimeout(() => this.#arm(), Math.min(left, LONGEST_TIMER));
      return;
    }
    this.#timer = setTimeout(() => {
      if (this.#due > 0 && this.#end() <= performance.now()) this.#giveUp(this.milliseconds);
      else this.#arm();
    }, CONFIRM);
  }

  /** The time at which the silence reaches the limit if no byte arrives before. */
  #end(): number {
    const { answer, stop } = this.#limits;
    const stopped = this.#abortedAt === undefined
      ? Infinity
      : Math.max(this.#since, this.#abortedAt) + stop;
    return Math.min(this.#since + answer(), stopped);
  }
}
