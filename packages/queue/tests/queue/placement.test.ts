import { describe, expect, it } from 'vitest'
import {
  FINISH,
  joinJob,
  sliceJob,
  taskSlice,
  type FlowGraph,
  type ResourceOptions,
  type StepNode,
} from '@flowctl/core'
import { parentAt, placementOf, queueOf } from '../../src/queue/placement.ts'

const node = (name: string, transition: StepNode['transition'], resources?: ResourceOptions, join = false): StepNode =>
  ({
    name,
    doc: '',
    join,
    transition,
    reads: [],
    decorators: resources === undefined ? {} : { resources },
    at: { file: 'flow.ts', line: 1, column: 1 },
  }) as unknown as StepNode

/** start -> foreach work -> join -> end */
function graphOf(work: ResourceOptions | undefined, join?: ResourceOptions): FlowGraph {
  return {
    flow: 'F',
    start: 'start',
    end: 'end',
    steps: {
      start: node('start', { kind: 'foreach', to: 'work', over: 'items' } as unknown as StepNode['transition']),
      work: node('work', { kind: 'linear', to: 'join' } as StepNode['transition'], work),
      join: node('join', { kind: 'linear', to: 'end' } as StepNode['transition'], join, true),
      end: node('end', { kind: 'end' } as StepNode['transition']),
    },
  } as unknown as FlowGraph
}

const POOLS = [
  { name: 'default', cpu: 2, memory: 4096 },
  { name: 'large', cpu: 16, memory: 65_536 },
  { name: 'gpu', cpu: 8, memory: 32_768, gpu: 2 },
]
const poolFor = (wants: ResourceOptions | undefined): string =>
  placementOf(graphOf(wants), 'r', { shards: 1, pools: POOLS }).pools['work'] as string

describe('placementOf', () => {
  it.each([
    [undefined, 'default'],
    [{ cpu: 1 }, 'default'],
    [{ cpu: 4 }, 'large'],
    [{ memory: 8000 }, 'large'],
    [{ gpu: 1 }, 'gpu'],
    [{ pool: 'large' }, 'large'],
  ] as const)('%j goes to %s', (wants, pool) => {
    expect(poolFor(wants)).toBe(pool)
  })

  it('refuses what no slot offers, and pools that nobody configured', () => {
    expect(() => poolFor({ gpu: 4 })).toThrow(expect.objectContaining({ code: 'POOL_NONE_FITS' }))
    expect(() => poolFor({ cpu: 12, gpu: 1 })).toThrow(expect.objectContaining({ code: 'POOL_NONE_FITS' }))
    expect(() => poolFor({ pool: 'nope' })).toThrow(expect.objectContaining({ code: 'POOL_UNKNOWN' }))
  })

  it('spreads runs over the shards, always the same way', () => {
    const runs = Array.from({ length: 300 }, (_, n) => `20261123-0812${n}-abcd`)
    const shardOf = (run: string): number => placementOf(graphOf(undefined), run, { shards: 3 }).shard
    const counts = [0, 0, 0]
    for (const run of runs) counts[shardOf(run)] = (counts[shardOf(run)] as number) + 1
    for (const count of counts) expect(count).toBeGreaterThan(60)
    expect(runs.map(shardOf)).toEqual(runs.map(shardOf))
  })

  it('keeps priorities above 0, which BullMQ would run before all others', () => {
    expect(placementOf(graphOf(undefined), 'r', { shards: 1, priority: 0 }).priority).toBe(1)
    expect(placementOf(graphOf(undefined), 'r', { shards: 1, priority: 1e9 }).priority).toBe(2_000_000)
  })
})

describe('where a job is', () => {
  const graph = graphOf({ gpu: 1 }, { pool: 'large' })
  const placement = placementOf(graph, 'r', { shards: 1, pools: POOLS })

  it('a job is in the queue of its own step, its parent in that of the join', () => {
    const job = sliceJob(graph, taskSlice(graph, 'work', { path: [3], turn: 0 }, { step: 'start', task: '0' }))
    expect(queueOf(placement, job)).toBe('pool-gpu')
    expect(parentAt(graph, placement, job)).toEqual({ queue: 'pool-large', id: joinJob(graph, 'start', []).id })
  })

  it('what no split encloses is below finish', () => {
    expect(parentAt(graph, placement, joinJob(graph, 'start', []))).toEqual({ queue: 'control', id: 'finish' })
    expect(queueOf(placement, FINISH)).toBe('control')
  })
})
