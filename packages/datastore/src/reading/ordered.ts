/** Merges streams that are sorted by `compare`; of equal items the one of the earlier stream comes first. */
export async function* mergeSorted<T>(
  streams: readonly AsyncIterable<T>[],
  compare: (a: T, b: T) => number,
): AsyncGenerator<T, void, undefined> {
  if (streams.length === 1) return yield* streams[0] as AsyncIterable<T>
  const iterators = streams.map((stream) => stream[Symbol.asyncIterator]())
  try {
    const heads = await Promise.all(iterators.map((iterator) => iterator.next()))
    for (;;) {
      let first = -1
      for (const [i, head] of heads.entries()) {
        if (head.done === true) continue
        const best = heads[first]
        if (best === undefined || compare(head.value, best.value as T) < 0) first = i
      }
      const head = heads[first]
      if (head === undefined) return
      yield head.value as T
      heads[first] = await (iterators[first] as AsyncIterator<T>).next()
    }
  } finally {
    for (const iterator of iterators) await iterator.return?.()
  }
}

/** A list as a stream. */
export async function* streamOf<T>(items: Iterable<T>): AsyncGenerator<T, void, undefined> {
  yield* items
}
