/** Maps with at most `parallel` calls under way. After a call that failed none is started. */
export async function inParallel<T, R>(
  items: readonly T[],
  parallel: number,
  map: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  results.length = items.length
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const at = next
      next += 1
      try {
        results[at] = await map(items[at] as T)
      } catch (error) {
        next = items.length
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(parallel, items.length) }, worker))
  return results
}

/**
 * Maps with at most `parallel` calls under way and yields the results in the order of the items. What was started when the
 * consumer stops early ends unseen.
 */
export async function* mapOrdered<T, R>(
  items: Iterable<T>,
  parallel: number,
  map: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const waiting: Promise<R>[] = []
  for (const item of items) {
    const result = map(item)
    // An error is thrown when its turn comes; until then it must not count as unhandled.
    result.catch(() => undefined)
    waiting.push(result)
    if (waiting.length >= parallel) yield await (waiting.shift() as Promise<R>)
  }
  for (const result of waiting) yield await result
}
