import { describe } from 'vitest'
import { frontier, historyOf, type RunState, type StopRecord } from '@flowctl/core'
import { memoryStore, RunReader, RunStore } from '@flowctl/datastore'
import { ForeachBatches, recordStop } from '@flowctl/engine'
import { JobBoard } from '../../src/memory/job-board.ts'
import { MemoryQueue } from '../../src/memory/memory-queue.ts'
import { OpenForeaches } from '../../src/memory/open-foreaches.ts'
import { runQueueConformance, type OpenQueue } from '../../../queue/tests/run-queue/conformance.ts'

const open: OpenQueue = async (graph, width) => {
  const store = new RunStore(memoryStore(), 'F', 'r')
  const reader = new RunReader(store, graph, { adopted: [], isGoing: true })
  const board = new JobBoard(
    () => 0,
    () => {},
  )
  let stopped: StopRecord | undefined
  const state: RunState = {
    graph,
    get isStopped() {
      return stopped !== undefined
    },
  }
  const history = historyOf(graph, {})
  const queue = new MemoryQueue({
    context: { reader },
    board,
    foreaches: new OpenForeaches(graph),
    batches: new ForeachBatches(store, reader, graph),
    history,
    state,
    width,
    async stop(failure) {
      stopped ??= { reason: 'failed', at: 0, failure }
      await recordStop({ store, emit: () => {} }, stopped, () => 0)
    },
  })
  await queue.begin(frontier(graph, history))
  return {
    store,
    reader,
    state,
    async next() {
      const entry = board.take()
      return entry === undefined ? undefined : { job: entry.job, queue, driven: async () => {} }
    },
  }
}

describe('the queue in memory', () => runQueueConformance(open, 100))
