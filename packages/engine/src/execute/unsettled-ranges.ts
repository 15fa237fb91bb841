import { SLICE_TARGET_MS } from '@flowctl/core'

/** Indices `from` up to, not including, `to`. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** Of what a slice over its time hands back. More would make its commit long. */
const MOST_PARTS = 32

/** The indices of a range that are not settled, in ranges. */
export function unsettledRanges({ from: first, to: end }: Range, settled: ReadonlySet<number>): Range[] {
  const gaps: Range[] = []
  for (let from = first; from < end; from += 1) {
    if (settled.has(from)) continue
    let to = from + 1
    while (to < end && !settled.has(to)) to += 1
    gaps.push({ from, to })
    from = to
  }
  return gaps
}

/** Into how many parts to cut so many indices, for each to take about as long as a slice should. `eachMs`: what an index takes. */
export function worthwhileParts(indices: number, eachMs: number): number {
  return Math.min(MOST_PARTS, Math.max(2, Math.ceil((indices * eachMs) / SLICE_TARGET_MS)))
}

/** In so many parts of about the same size; fewer when there are not as many indices. */
export function cut({ from, to }: Range, parts: number): Range[] {
  const size = (to - from) / parts
  const borders = Array.from({ length: parts + 1 }, (_, n) => from + Math.ceil(n * size))
  return borders.slice(1).flatMap((end, n) => (end > borders[n]! ? [{ from: borders[n]!, to: end }] : []))
}
