import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { EndRecord, ObjectStore, TaskRecord } from '@flowctl/core'
import { fileStore, RunReader, RunStore } from '@flowctl/datastore'
import { openFlow, type LocalRun, type OpenedFlow } from '@flowctl/runs'

export interface Bench {
  readonly store: ObjectStore
  open(
    flow: string,
    options?: { maxWorkers?: number; isolate?: boolean; with?: readonly string[]; env?: Record<string, string> },
  ): Promise<OpenedFlow>
}

/** A datastore of the test's own, and flows of this folder opened on it; all is gone when the test is over. */
export async function bench(): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'flowctl-failures-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const store = fileStore(join(folder, 'datastore'))
  return {
    store,
    async open(flow, { env = {}, ...options } = {}) {
      const opened = await openFlow(fileURLToPath(new URL(`./flows/${flow}.ts`, import.meta.url)), {
        store,
        cacheDir: join(folder, 'cache'),
        api: new URL('../../../packages/cli/dist/bundle/index.js', import.meta.url).href,
        taskProcess: new URL('../../../packages/cli/dist/bundle/task-process.js', import.meta.url),
        env: { ...process.env, ...env },
        maxWorkers: 2,
        ...options,
      })
      onTestFinished(() => opened.close())
      return opened
    },
  }
}

export function given(values: Record<string, string>): Record<string, { text: string; source: string }> {
  return Object.fromEntries(Object.entries(values).map(([field, text]) => [field, { text, source: `--${field}` }]))
}

/** What the datastore holds of a run that has ended. */
export async function whatIsLeft(
  store: ObjectStore,
  run: LocalRun,
): Promise<{ end: EndRecord; tasks: TaskRecord[]; reader: RunReader; runStore: RunStore }> {
  await run.ended
  const { record } = run
  const runStore = new RunStore(store, record.flow, record.run)
  const reader = new RunReader(runStore, record.graph)
  const tasks: TaskRecord[] = []
  for (const step of Object.keys(record.graph.steps)) for await (const task of reader.tasks(step)) tasks.push(task)
  const end = await runStore.readEnd()
  if (end === undefined) throw new Error('the run has no end')
  return { end, tasks, reader, runStore }
}
