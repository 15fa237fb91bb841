/** The one of `names` that a mistyped `given` most likely means, if any is close: about a third of its letters may differ. */
export function nearest(given: string, names: Iterable<string>): string | undefined {
  return nearestNames(given, names, 1)[0]
}

/** The names most like the given one, the closest first; only those near enough to be a slip, and never the name itself. */
export function nearestNames(given: string, names: Iterable<string>, most = 3): string[] {
  const wanted = given.toLowerCase()
  const allowed = Math.floor(wanted.length / 3)
  return [...names]
    .filter((name) => name !== given)
    .map((name) => ({ name, distance: distance(wanted, name.toLowerCase()) }))
    .filter((one) => one.distance <= allowed)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, most)
    .map((one) => one.name)
}

/** Letters to insert, remove, replace or swap with their neighbour. */
function distance(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1
      let best = Math.min((last[j] as number) + 1, (row[j - 1] as number) + 1, (last[j - 1] as number) + change)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (before[j - 2] as number) + 1)
      }
      row.push(best)
    }
    before = last
    last = row
  }
  return last[b.length] as number
}
