import { isDeepStrictEqual } from 'node:util'
import { flowError, type ArtifactRef, type MergeOptions } from '@flowctl/core'
import type { ArtifactStore } from '@flowctl/datastore'
import type { InputRecords } from './input-records.ts'
import { inputPlace, type InputList } from './input-views.ts'

/** Other hashes of an equal value are remembered up to this many a name. */
const MAX_EQUAL_HASHES = 256

interface Candidate {
  readonly ref: ArtifactRef
  /** Where it was first seen. */
  readonly position: number
  /** Loaded when a hash differs, and not before. */
  value?: { readonly loaded: unknown }
  /** Different serializations of the same value. */
  equalHashes?: Set<string>
  /** The first input that disagrees. */
  conflict?: number
}

export interface Merge {
  readonly step: string
  readonly store: ArtifactStore
  readonly list: InputList
  readonly inputs: unknown
  readonly options: MergeOptions
  /** Names that the join has already. */
  readonly isSet: (name: string) => boolean
}

/**
 * The artifacts on which all inputs that have them agree. One pass over the inputs; hashes settle nearly everything, and
 * only where they differ are values loaded and compared deeply.
 */
export function mergedArtifacts(merge: Merge): ReadonlyMap<string, ArtifactRef> {
  const { step, options } = merge
  const { records } = merge.list
  if (options.include !== undefined && options.exclude !== undefined)
    throw flowError('MERGE_INCLUDE_AND_EXCLUDE', { step })
  const include = options.include === undefined ? undefined : new Set(options.include)
  const exclude = new Set(options.exclude)
  const candidates = new Map<string, Candidate>()
  for (const position of positionsOf(merge)) {
    const { artifacts } = records.record(position)
    for (const name of Object.keys(artifacts)) {
      if (exclude.has(name) || include?.has(name) === false || merge.isSet(name)) continue
      const ref = artifacts[name] as ArtifactRef
      const candidate = candidates.get(name)
      if (candidate === undefined) candidates.set(name, { ref, position })
      else if (!agrees(merge.store, candidate, ref)) candidate.conflict = position
    }
  }
  refuseMissing(step, include, candidates, merge.isSet)
  refuseConflicts(step, records, candidates)
  return new Map([...candidates].map(([name, { ref }]) => [name, ref]))
}

function positionsOf({ step, inputs, list }: Merge): Iterable<number> {
  if (typeof inputs !== 'object' || inputs === null || !(Symbol.iterator in inputs)) {
    throw flowError('MERGE_NOT_INPUTS', { step })
  }
  return [...(inputs as Iterable<unknown>)].map((input) => {
    const place = inputPlace(input)
    if (place?.list !== list) throw flowError('MERGE_NOT_INPUTS', { step })
    return place.position
  })
}

/** A name that already disagrees is not looked at any further. */
function agrees(store: ArtifactStore, candidate: Candidate, ref: ArtifactRef): boolean {
  if (ref === candidate.ref || ref.hash === candidate.ref.hash || candidate.conflict !== undefined) return true
  if (candidate.equalHashes?.has(ref.hash) === true) return true
  if (ref.type !== candidate.ref.type) return false
  candidate.value ??= { loaded: store.loadSync(candidate.ref) }
  if (!isDeepStrictEqual(candidate.value.loaded, store.loadSync(ref))) return false
  candidate.equalHashes ??= new Set()
  if (candidate.equalHashes.size < MAX_EQUAL_HASHES) candidate.equalHashes.add(ref.hash)
  return true
}

function refuseMissing(
  step: string,
  include: ReadonlySet<string> | undefined,
  candidates: ReadonlyMap<string, Candidate>,
  isSet: (name: string) => boolean,
): void {
  const names = [...(include ?? [])].filter((name) => !candidates.has(name) && !isSet(name)).sort()
  if (names.length > 0) throw flowError('MERGE_MISSING', { step, names })
}

function refuseConflicts(step: string, records: InputRecords, candidates: ReadonlyMap<string, Candidate>): void {
  const conflicts = [...candidates]
    .flatMap(([name, { position, conflict }]) =>
      conflict === undefined ? [] : [{ name, left: records.nameOf(position), right: records.nameOf(conflict) }],
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  if (conflicts.length > 0) throw flowError('MERGE_CONFLICT', { step, conflicts })
}
