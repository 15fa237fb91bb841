import { createHash } from 'node:crypto'
import {
  flowError,
  parentOf,
  structureOf,
  type FlowGraph,
  type Job,
  type Placement,
  type ResourceOptions,
} from '@flowctl/core'
import { CONTROL, poolQueue } from '../connection/keys.ts'

/** What one slot of a pool's workers offers. */
export interface PoolSpec {
  readonly name: string
  /** Cores. @default no limit */
  readonly cpu?: number
  /** Mebibytes. @default no limit */
  readonly memory?: number
  /** Devices. @default 0 */
  readonly gpu?: number
}

const DEFAULT_POOL = 'default'
export const DEFAULT_POOLS: readonly PoolSpec[] = [{ name: DEFAULT_POOL }]
export const DEFAULT_PRIORITY = 1000
const MAX_PRIORITY = 2_000_000

/**
 * Where a run will have its jobs: every step in the pool it names, or in the smallest that fits its `@resources`. Throws
 * POOL_UNKNOWN and POOL_NONE_FITS.
 */
export function placementOf(
  graph: FlowGraph,
  run: string,
  options: { readonly shards: number; readonly pools?: readonly PoolSpec[]; readonly priority?: number },
): Placement {
  const { shards, pools: given = DEFAULT_POOLS, priority = DEFAULT_PRIORITY } = options
  const pools = Object.fromEntries(
    Object.values(graph.steps).map((step) => [step.name, poolOf(step.name, step.decorators.resources ?? {}, given)]),
  )
  const shard = createHash('sha256').update(run).digest().readUInt32BE(0) % shards
  return { shard, pools, priority: Math.min(MAX_PRIORITY, Math.max(1, Math.round(priority))) }
}

function poolOf(step: string, wants: ResourceOptions, pools: readonly PoolSpec[]): string {
  if (wants.pool !== undefined) {
    if (pools.some((pool) => pool.name === wants.pool)) return wants.pool
    throw flowError('POOL_UNKNOWN', { step, pool: wants.pool, pools: pools.map((pool) => pool.name) })
  }
  const { cpu = 0, memory = 0, gpu = 0 } = wants
  // A step that asks for nothing goes where everything goes by default, if there is such a pool.
  const home = pools.find((pool) => pool.name === DEFAULT_POOL)
  if (home !== undefined && Object.keys(wants).length === 0) return home.name
  // A slot with a device is kept for those who ask for one, whatever else it has.
  const [best] = pools
    .filter((pool) => cpu <= (pool.cpu ?? Infinity) && memory <= (pool.memory ?? Infinity) && gpu <= (pool.gpu ?? 0))
    .toSorted(
      (a, b) =>
        sizeOf(a)
          .map((size, n) => compare(size, sizeOf(b)[n] as number))
          .find((sign) => sign !== 0) ?? 0,
    )
  if (best !== undefined) return best.name
  const wanted = Object.entries({ cpu, memory, gpu }).filter(([, amount]) => amount > 0)
  throw flowError('POOL_NONE_FITS', {
    step,
    wants: wanted.map(([name, amount]) => `${name} ${amount}`).join(', '),
    pools: pools.map(describe),
  })
}

const sizeOf = (pool: PoolSpec): readonly number[] => [pool.gpu ?? 0, pool.cpu ?? Infinity, pool.memory ?? Infinity]
const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1)
const describe = (pool: PoolSpec): string =>
  `${pool.name}: cpu ${pool.cpu ?? 'any'}, memory ${pool.memory ?? 'any'}, gpu ${pool.gpu ?? 0}`

/** The queue of a job: the coordinators' for `finish`, else that of its step's pool. */
export function queueOf(placement: Placement, job: Job): string {
  return job.kind === 'finish' ? CONTROL : poolQueue(placement.pools[job.slice.entry] as string)
}

/** The id of a job's parent and the queue it is in. */
export function parentAt(graph: FlowGraph, placement: Placement, job: Exclude<Job, { kind: 'finish' }>): JobPlace {
  const { entry, path } = job.slice
  const { enclosing, joinOf } = structureOf(graph)
  const split = enclosing[entry]?.at(-1)
  if (split === undefined) return { queue: CONTROL, id: parentOf(graph, entry, path) }
  return { queue: poolQueue(placement.pools[joinOf[split] as string] as string), id: job.parent }
}

export interface JobPlace {
  readonly queue: string
  /** The planner's id of the job. */
  readonly id: string
}
