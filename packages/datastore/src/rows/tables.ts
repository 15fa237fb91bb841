import type { ArtifactMap, ArtifactRef } from '@flowctl/core'

/**
 * What many tasks of a commit have in common is written once, in tables, and referred to by its index:
 *
 * - `refs`: artifact references, as `[hash, size, type, preview]` or `[hash, size, type, preview, inline]`;
 * - `shapes`: lists of artifact names; a map of artifacts is `[shape, ref, ref, ...]`;
 * - `objects`: keys of log objects;
 * - `taken`: transitions, with their segments' items as indices of refs.
 */
export interface Tables {
  readonly refs: readonly RefRow[]
  readonly shapes: readonly (readonly string[])[]
  readonly objects: readonly string[]
  readonly taken: readonly unknown[]
}

export type RefRow = readonly [hash: string, size: number, type: string, preview: string, inline?: string]
export type MapRow = readonly [shape: number, ...refs: number[]]

/** Fills tables while records are written. */
export class TableWriter {
  readonly #refs: RefRow[] = []
  readonly #shapes: (readonly string[])[] = []
  readonly #objects: string[] = []
  readonly #taken: unknown[] = []
  readonly #refIndex = new Map<ArtifactRef, number>()
  readonly #hashIndex = new Map<string, number>()
  readonly #shapeIndex = new Map<string, number>()
  readonly #objectIndex = new Map<string, number>()
  readonly #takenIndex = new Map<string, number>()

  ref(ref: ArtifactRef): number {
    let index = this.#refIndex.get(ref)
    if (index !== undefined) return index
    index = this.#hashIndex.get(ref.hash)
    if (index === undefined || !isRow(this.#refs[index] as RefRow, ref)) {
      const { hash, size, type, preview, inline } = ref
      index =
        this.#refs.push(inline === undefined ? [hash, size, type, preview] : [hash, size, type, preview, inline]) - 1
      this.#hashIndex.set(hash, index)
    }
    this.#refIndex.set(ref, index)
    return index
  }

  map(map: ArtifactMap): MapRow {
    const names = Object.keys(map)
    const row: [number, ...number[]] = [this.#indexOf(this.#shapeIndex, this.#shapes, names.join('\0'), names)]
    for (const name of names) row.push(this.ref(map[name] as ArtifactRef))
    return row
  }

  object(key: string): number {
    return this.#indexOf(this.#objectIndex, this.#objects, key, key)
  }

  taken(row: unknown): number {
    return this.#indexOf(this.#takenIndex, this.#taken, JSON.stringify(row), row)
  }

  tables(): Tables {
    return { refs: this.#refs, shapes: this.#shapes, objects: this.#objects, taken: this.#taken }
  }

  #indexOf<T>(index: Map<string, number>, table: T[], key: string, value: T): number {
    let found = index.get(key)
    if (found === undefined) {
      found = table.push(value) - 1
      index.set(key, found)
    }
    return found
  }
}

function isRow(row: RefRow, ref: ArtifactRef): boolean {
  return (
    row[0] === ref.hash && row[1] === ref.size && row[2] === ref.type && row[3] === ref.preview && row[4] === ref.inline
  )
}

/** Looks up what records refer to. References are made once and shared. */
export class TableReader {
  readonly #tables: Tables
  readonly #refs: readonly ArtifactRef[]

  constructor(tables: Tables) {
    this.#tables = tables
    this.#refs = tables.refs.map(([hash, size, type, preview, inline]) =>
      inline === undefined ? { hash, size, type, preview } : { hash, size, type, preview, inline },
    )
  }

  ref(index: number): ArtifactRef {
    return at(this.#refs, index)
  }

  map(row: MapRow): ArtifactMap {
    const map: Record<string, ArtifactRef> = {}
    at(this.#tables.shapes, row[0]).forEach((name, i) => {
      const ref = this.ref(row[i + 1] as number)
      if (name === '__proto__')
        Object.defineProperty(map, name, { value: ref, enumerable: true, configurable: true, writable: true })
      else map[name] = ref
    })
    return map
  }

  object(index: number): string {
    return at(this.#tables.objects, index)
  }

  taken(index: number): unknown {
    return at(this.#tables.taken, index)
  }
}

function at<T>(table: readonly T[], index: number): T {
  const found = table[index]
  if (found === undefined) throw new RangeError(`there is no entry ${index} in one of its tables`)
  return found
}
