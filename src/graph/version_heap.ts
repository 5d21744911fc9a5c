// Pure.
/**
 * A binary min-heap of versions.
 *
 * @module
 */

/** A binary heap. */
export class VersionHeap {
  readonly #versions: bigint[] = [];

  push(version: bigint): void {
    const heap = this.#versions;
    let at = heap.length;
    heap.push(version);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (heap[above]! <= version) break;
      heap[at] = heap[above]!;
      at = above;
    }
    heap[at] = version;
  }

  /** Removes and returns the smallest version; undefined when the heap is empty. */
  pop(): bigint | undefined {
    const heap = this.#versions;
    const smallest = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return smallest;
    let at = 0;
    while (true) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && heap[below + 1]! < heap[below]!) below++;
      if (heap[below]! >= last) break;
      heap[at] = heap[below]!;
      at = below;
    }
    heap[at] = last;
    return smallest;
  }
}
