// Pure.
/**
 * Random numbers that can be repeated from a seed.
 *
 * @module
 */

/** Numbers from 0 up to, not including, 1: the same ones for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    // A linear congruence for the step, and a mix of its bits so that the low ones are as good.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x45d9f3b) >>> 0;
    mixed ^= mixed >>> 15;
    return (mixed >>> 0) / 2 ** 32;
  };
}
