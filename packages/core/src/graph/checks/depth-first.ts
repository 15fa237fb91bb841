import type { SourceName } from '../source-flow.ts'

export interface DepthFirst {
  /** Ways out of a step, in the order in which they are taken. */
  readonly ways: (name: string) => readonly SourceName[]
  readonly enter?: (name: string) => void
  /** Told of every way, before a step that was not seen yet is entered by it. */
  readonly meet?: (from: string, to: SourceName) => void
  readonly leave?: (name: string) => void
}

/** Walks depth first from a step through all that were not seen before. It keeps a list of its own: a flow may be thousands of steps long. */
export function walkDepthFirst(start: string, seen: Set<string>, { ways, enter, meet, leave }: DepthFirst): void {
  const open: { readonly name: string; readonly left: Iterator<SourceName> }[] = []
  const go = (name: string): void => {
    seen.add(name)
    enter?.(name)
    open.push({ name, left: ways(name).values() })
  }
  go(start)
  for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
    const way = last.left.next()
    if (way.done === true) {
      open.pop()
      leave?.(last.name)
      continue
    }
    meet?.(last.name, way.value)
    if (!seen.has(way.value.name)) go(way.value.name)
  }
}
