import { stat } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { layout, type Commit, type RunRecord } from '@flowctl/core'
import { ArtifactStore, RunReader, RunStore } from '@flowctl/datastore'
import type { QueueBench } from '../conformance/queue-bench.ts'

/**
 * What a run of TallyFlow left: every execution of `work`, and the commit that stands for every index. `wasFrozen`: a worker was stopped for a
 * while. Nobody reads what its processes say meanwhile, so each may stand still at a task that it is about to begin, and go on with that one.
 */
export async function judgeTally(
  bench: QueueBench,
  record: RunRecord,
  file: string,
  count: number,
  wasFrozen = false,
): Promise<{ executions: number }> {
  const store = new RunStore(bench.store, record.flow, record.run)
  const end = await store.readEnd()
  expect(end?.status).toBe('succeeded')
  const reader = new RunReader(store, record.graph)
  const last = await reader.task('end', '0')
  const total = last?.artifacts['total']
  const expected = ((count - 1) * count * (2 * count - 1)) / 6
  expect(total && (await new ArtifactStore(bench.store, record.flow).load(total))).toBe(expected)

  const committedAt = new Map<string, number>()
  for await (const key of store.listCommits('work')) {
    const commit = (await store.readCommit('work', key)) as Commit
    const path = join(bench.folder, 'datastore', layout.commitKey(record.flow, record.run, 'work', key))
    const { mtimeMs } = await stat(path)
    for (const { task } of commit.tasks) {
      expect(committedAt.has(task), `${task} has two final outcomes`).toBe(false)
      committedAt.set(task, mtimeMs)
    }
  }
  expect(committedAt.size).toBe(count)
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  const late: string[] = []
  const heldUp = new Set<string>()
  for (const line of lines) {
    const [task = '', at = '', pid = ''] = line.split(' ')
    // A start takes a moment: what began before the commit stood is another thing than a committed task run again.
    if (Number(at) <= (committedAt.get(task) ?? 0) + 2000) continue
    if (wasFrozen && !heldUp.has(pid)) heldUp.add(pid)
    else late.push(line)
  }
  expect(late, 'committed tasks that ran again').toEqual([])
  return { executions: lines.length }
}

export const executionsIn = (file: string): number => {
  try {
    return readFileSync(file, 'utf8').split('\n').length - 1
  } catch {
    return 0
  }
}
