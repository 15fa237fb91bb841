import { readFile, rm, writeFile } from 'node:fs/promises'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ArtifactStore } from '@flowctl/datastore'
import { bench, given, whatIsLeft } from './open.ts'

function folder(): { journal: string; gate: string } {
  const path = mkdtempSync(join(tmpdir(), 'flowctl-journal-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return { journal: join(path, 'journal'), gate: join(path, 'gate') }
}

const linesOf = async (file: string): Promise<string[]> =>
  (await readFile(file, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '')

describe('a run that failed in one branch', () => {
  it('lets the other branch finish its task, and a resume runs only what is left', async () => {
    const { store, open } = await bench()
    const { journal, gate } = folder()
    await writeFile(gate, '')
    const opened = await open('slow-branches')
    const run = await opened.run({ parameters: given({ journal, broken: gate }), user: 'tester' })
    const first = await whatIsLeft(store, run)
    expect(first.end.status).toBe('failed')
    expect(first.end.failure?.error.message).toBe('the quick branch is broken')
    expect((await linesOf(journal)).toSorted()).toEqual(['quick', 'slow', 'start'])

    await rm(gate)
    await rm(journal)
    const plan = await opened.planResume({})
    expect(plan.steps.map(({ step, action, reused }) => `${step} ${action} ${reused}`)).toEqual([
      'start reuse 1',
      'quick run 0',
      'slow reuse 1',
      'afterSlow run 0',
      'join run 0',
      'end run 0',
    ])
    const second = await whatIsLeft(store, await opened.resume(plan, { user: 'tester' }))
    expect(second.end.status).toBe('succeeded')
    expect((await linesOf(journal)).toSorted()).toEqual(['afterSlow', 'end', 'join', 'quick'])
    const ref = (await second.reader.task('end', '0'))?.artifacts['value']
    expect(ref === undefined ? undefined : await new ArtifactStore(store, 'SlowBranchesFlow').load(ref)).toBe(
      'quick+slow',
    )
  })

  it('runs a step again that is asked for, with all that comes after it', async () => {
    const { store, open } = await bench()
    const { journal, gate } = folder()
    const opened = await open('slow-branches')
    await whatIsLeft(store, await opened.run({ parameters: given({ journal, broken: gate }), user: 'tester' }))
    await rm(journal)
    const plan = await opened.planResume({ step: 'afterSlow' })
    expect(plan.steps.filter((one) => one.action === 'run').map(({ step, why }) => `${step}: ${why}`)).toEqual([
      'afterSlow: asked for',
      'join: comes after afterSlow',
      'end: comes after join',
    ])
    await whatIsLeft(store, await opened.resume(plan, { user: 'tester' }))
    expect(await linesOf(journal)).toEqual(['afterSlow', 'join', 'end'])
    await expect(opened.planResume({ step: 'nope' })).rejects.toMatchObject({ code: 'RESUME_UNKNOWN_STEP' })
    await expect(opened.planResume({ origin: 'nope' })).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' })
  })
})

describe('a foreach that failed in one task', () => {
  it('is resumed with the tasks that are left', async () => {
    const { store, open } = await bench()
    const { journal, gate } = folder()
    await writeFile(gate, '')
    const opened = await open('journal-foreach')
    const parameters = given({ journal, gate, failAt: '77' })
    const first = await whatIsLeft(store, await opened.run({ parameters, user: 'tester' }))
    expect(first.end.failure).toMatchObject({ step: 'work', task: '77', input: '77' })
    const before = await linesOf(journal)
    expect(new Set(before).size).toBe(before.length)

    await rm(gate)
    const second = await whatIsLeft(store, await opened.resume(await opened.planResume({}), { user: 'tester' }))
    expect(second.end.status).toBe('succeeded')
    expect(second.end.steps['work']).toMatchObject({ succeeded: 200, failed: 0, adopted: before.length - 1 })
    const all = await linesOf(journal)
    expect(all.filter((line) => line === '77')).toHaveLength(2)
    expect(all).toHaveLength(201)
    const ref = (await second.reader.task('end', '0'))?.artifacts['total']
    expect(ref === undefined ? 0 : await new ArtifactStore(store, 'JournalForeachFlow').load(ref)).toBe((200 * 201) / 2)
  })
})

describe('a flow that is closed', () => {
  it('cancels the run that still goes', async () => {
    const { store, open } = await bench()
    const { journal, gate } = folder()
    await writeFile(gate, '')
    const opened = await open('journal-foreach')
    const run = await opened.run({ parameters: given({ journal, gate, stopAt: '3' }), user: 'tester' })
    while ((await linesOf(journal)).length < 3) await new Promise((resolve) => setTimeout(resolve, 20))
    await opened.close()
    expect((await whatIsLeft(store, run)).end).toMatchObject({ status: 'cancelled' })
  })
})

describe('a run that is cancelled', () => {
  it('keeps every task that had ended, and can be resumed', async () => {
    const { store, open } = await bench()
    const { journal, gate } = folder()
    await writeFile(gate, '')
    const opened = await open('journal-foreach')
    const run = await opened.run({ parameters: given({ journal, gate, stopAt: '150' }), user: 'tester' })
    while ((await linesOf(journal)).length < 100) await new Promise((resolve) => setTimeout(resolve, 20))
    run.cancel('tester')
    const first = await whatIsLeft(store, run)
    expect(first.end.status).toBe('cancelled')
    expect(await first.runStore.readStop()).toMatchObject({ reason: 'cancelled', by: 'tester' })
    const kept = first.tasks.filter((one) => one.step === 'work').length

    await rm(gate)
    const second = await whatIsLeft(store, await opened.resume(await opened.planResume({}), { user: 'tester' }))
    expect(second.end).toMatchObject({ status: 'succeeded', steps: { work: { succeeded: 200, adopted: kept } } })
  })
})
