import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  advance,
  type Done,
  type FlowGraph,
  type Job,
  type RunQueue,
  type RunState,
  type TaskRecord,
  type WorkJob,
} from '@flowctl/core'
import { driveJob } from '@flowctl/engine'
import type { RunReader, RunStore } from '@flowctl/datastore'
import { arbitraryGraph } from '../../../core/tests/graph/generated-graphs.ts'
import { Chances, outOfOrder } from '../../../core/tests/plan/model-run.ts'
import { execute } from '../../../core/tests/simulation/work.ts'

/** A job that has become ready, and the queue as whoever got it sees it. */
export interface Delivered {
  readonly job: Job
  readonly queue: RunQueue
  /** What an engine does when a job was driven: only now it is off the queue. */
  readonly driven: () => Promise<void>
}

/** A run on the queue under test, whose first jobs are attached. */
export interface QueueUnderTest {
  readonly store: RunStore
  readonly reader: RunReader
  readonly state: RunState
  /** The next ready job, first come first served. */
  next(): Promise<Delivered | undefined>
}

export type OpenQueue = (graph: FlowGraph, width: number) => Promise<QueueUnderTest>

/** More jobs than any generated run has. */
const MOST_JOBS = 5000

/** A run whose slices are made up by chance, driven as the engines do. */
class DrivenRun {
  readonly order: TaskRecord[] = []
  isFinished = false
  /** Ids of the jobs, as they came. */
  readonly delivered: string[] = []
  readonly #on: QueueUnderTest
  readonly #options: {
    readonly graph: FlowGraph
    readonly chances: Chances
    readonly slots: number
    readonly failing: number
  }

  constructor(on: QueueUnderTest, seed: number, slots: number, failing = 0) {
    this.#on = on
    this.#options = { graph: on.state.graph, chances: new Chances(seed), slots, failing }
  }

  /** False when no job is ready. */
  async step(before?: (delivered: Delivered, done: Done) => Promise<void>): Promise<boolean> {
    const delivered = await this.#on.next()
    if (delivered === undefined) return false
    const { job, queue, driven } = delivered
    this.delivered.push(job.id)
    if (job.kind === 'finish') this.isFinished = true
    else {
      await driveJob(this.#on.state, job, queue, {
        look: async () => ({ isStopped: this.#on.state.isStopped, commit: undefined, hasInputs: true, lost: 0 }),
        run: async ({ slice }: WorkJob) => {
          const commit = execute(this.#options, slice, 'x')
          await this.#on.store.putCommit(commit)
          this.#on.reader.keep(commit)
          this.order.push(...commit.tasks)
          await before?.(delivered, { slice, commit })
          return { slice, commit }
        },
        divide: () => Promise.reject(new Error('nothing is lost here')),
      })
    }
    await driven()
    return true
  }

  async toTheEnd(before?: (delivered: Delivered, done: Done) => Promise<void>): Promise<this> {
    while (!this.isFinished && (await this.step(before)))
      if (this.delivered.length > MOST_JOBS) throw new Error('the run does not end')
    return this
  }
}

const names = (records: readonly TaskRecord[]): string[] => records.map(({ step, task }) => `${step}/${task}`).sort()

const runs = fc.record({
  graph: arbitraryGraph({ maxDepth: 2 }),
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  width: fc.integer({ min: 1, max: 4 }),
})

/** What every adapter of the port does, whatever holds its jobs. */
export function runQueueConformance(open: OpenQueue, numRuns: number): void {
  describe('a run', () => {
    it('takes every task once, in an allowed order, to its end', async () => {
      const property = fc.asyncProperty(runs, async ({ graph, seed, width }) => {
        const run = await new DrivenRun(await open(graph, width), seed, width).toTheEnd()
        expect(run.isFinished).toBe(true)
        expect(outOfOrder(graph, run.order)).toBeUndefined()
        expect(new Set(names(run.order)).size).toBe(run.order.length)
        expect(run.order.some(({ step }) => step === graph.end)).toBe(true)
      })
      await fc.assert(property, { numRuns })
    })

    it('has nothing new when what follows is attached twice', async () => {
      const property = fc.asyncProperty(runs, async ({ graph, seed, width }) => {
        const on = await open(graph, width)
        const run = await new DrivenRun(on, seed, width).toTheEnd(async ({ job, queue }, done) => {
          for (const command of advance(on.state, job as WorkJob, done))
            if (command.kind === 'attach') await queue.attach(job as WorkJob, command.plan, command.done)
        })
        expect(run.isFinished).toBe(true)
        expect(new Set(run.delivered).size).toBe(run.delivered.length)
        expect(outOfOrder(graph, run.order)).toBeUndefined()
      })
      await fc.assert(property, { numRuns: Math.ceil(numRuns / 2) })
    })

    it('that fails is stopped once, and drains to its end', async () => {
      const property = fc.asyncProperty(runs, async ({ graph, seed, width }) => {
        const on = await open(graph, width)
        const run = await new DrivenRun(on, seed, width, 4).toTheEnd()
        expect(run.isFinished).toBe(true)
        const failed = run.order.filter(({ outcome }) => outcome === 'failed')
        const stop = await on.store.readStop()
        if (failed.length === 0) {
          expect(stop).toBeUndefined()
          return
        }
        expect(stop).toMatchObject({ reason: 'failed', failure: { step: failed[0]?.step, task: failed[0]?.task } })
        expect(on.state.isStopped).toBe(true)
      })
      await fc.assert(property, { numRuns: Math.ceil(numRuns / 2) })
    })
  })
}
