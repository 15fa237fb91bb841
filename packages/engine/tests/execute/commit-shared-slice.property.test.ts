import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { TaskError } from '@flowctl/core'
import { attemptThatDied, endedAttempt, type EndedAttempt } from '../../src/execute/ended-attempt.ts'
import { TaskLogs } from '../../src/execute/task-logs.ts'
import type { StartedAnswer, TaskAnswer } from '@flowctl/runtime'
import { CHAIN, chains, commitFor, isSettled, thrown, type SliceCase } from './slice-cases.ts'

const death: TaskError = { kind: 'signal', name: 'FlowctlError', message: 'died' }

/** Bodies go through the chain several at a time, in an order that is drawn, until the slice is done or its process dies. */
const arbitraryCase: fc.Arbitrary<SliceCase> = fc
  .record({
    graph: chains({ concurrent: { tasks: 4 } }),
    from: fc.nat({ max: 5 }),
    length: fc.integer({ min: 2, max: 8 }),
    lanes: fc.integer({ min: 2, max: 4 }),
    picks: fc.array(fc.nat({ max: 11 }), { minLength: 60, maxLength: 60 }),
    fails: fc.array(fc.boolean(), { maxLength: 30 }),
    events: fc.nat({ max: 30 }),
    ending: fc.constantFrom('done', 'unknown', 'known', 'cancelled'),
    guilty: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
  })
  .map(({ graph, from, length, lanes, picks, fails, events, ending, guilty }) => {
    const range = { from, to: from + length }
    const slice = { head: 'a', key: 'k', entry: 'a', path: [], range, turn: 0, attempt: 0 }
    const answers: EndedAttempt[] = []
    /** In flight: index, step, and whether that step has begun. */
    let flight: { index: number; at: number; begun: boolean }[] = []
    let next = from
    for (let n = 0; ending === 'done' || answers.length < events; n += 1) {
      while (flight.length < lanes && next < range.to) flight.push({ index: next++, at: 0, begun: true })
      const body = flight[(picks[n % picks.length] as number) % Math.max(1, flight.length)]
      if (body === undefined) break
      if (!body.begun) {
        body.begun = true
        continue
      }
      const failed = fails[answers.length] === true
      const result: TaskAnswer['result'] = failed
        ? { ok: false, error: thrown }
        : { ok: true, artifacts: {}, taken: { kind: 'linear', to: CHAIN[body.at + 1] ?? 'join' } }
      const place = { step: CHAIN[body.at] as string, task: String(body.index), attempt: 0 }
      answers.push(endedAttempt(graph, { type: 'task', ...place, startedAt: 1, endedAt: 2, result }))
      body.at += 1
      body.begun = false
      if (failed || body.at === CHAIN.length) flight = flight.filter((one) => one !== body)
    }
    const underWay = flight
      .filter((body) => body.begun)
      .map(({ index, at }): StartedAnswer => {
        return { type: 'started', step: CHAIN[at] as string, task: String(index), attempt: 0, at: 1 }
      })
    const base = { pid: 1, answers, logs: new TaskLogs(10), reusable: false }
    if (ending === 'done') return { graph, slice, result: base }
    const suspects = ending === 'known' ? underWay.filter((_, n) => guilty[n]) : []
    const blamed = suspects.map((attempt) => attemptThatDied(graph, attempt, death, 3))
    return {
      graph,
      slice,
      result: { ...base, death: { error: death, cancelled: ending === 'cancelled', suspects: blamed, underWay } },
    }
  })

const indexOf = (task: string): number => Number(task)

it('commits what the same tasks one after the other would', () => {
  fc.assert(
    fc.property(arbitraryCase, (given) => {
      const answers = given.result.answers.toSorted((a, b) => indexOf(a.task) - indexOf(b.task))
      expect(commitFor(given)).toEqual(commitFor({ ...given, result: { ...given.result, answers } }))
    }),
    { numRuns: 500 },
  )
})

it('settles every index, or names exactly one continuation for it, which goes on where its last task ended', () => {
  fc.assert(
    fc.property(arbitraryCase, (given) => {
      const commit = commitFor(given)
      if (commit === undefined) {
        expect(given.result.answers).toEqual([])
        return
      }
      const { from, to } = given.slice.range as { from: number; to: number }
      for (let index = from; index < to; index += 1) {
        const named = commit.continuations.filter((one) => one.from <= index && index < one.to)
        expect(named.length + (isSettled(commit, index) ? 1 : 0), `index ${index}`).toBe(1)
        const last = commit.tasks.findLast((one) => indexOf(one.task) === index)
        const goesOn = last === undefined ? 'a' : CHAIN[CHAIN.indexOf(last.step as 'a') + 1]
        if (named[0] !== undefined) expect(named[0].step).toBe(goesOn)
      }
      expect(commit.continuations.map((one) => one.key)).toEqual(commit.continuations.map((_, n) => `k_${n}`))
    }),
    { numRuns: 1000 },
  )
})

it('charges a death to the guilty alone, and runs alone whoever may be guilty', () => {
  fc.assert(
    fc.property(arbitraryCase, (given) => {
      const commit = commitFor(given)
      const dead = given.result.death
      if (commit === undefined || dead === undefined || dead.cancelled) return
      const charged = [...commit.tasks, ...commit.attempts].filter((one) => one.error === death)
      const names = (of: readonly { step: string; task: string }[]): string[] =>
        of.map(({ step, task }) => `${step}/${task}`).toSorted()
      expect(names(charged)).toEqual(names(dead.suspects))
      const alone = commit.continuations.filter((one) => one.reason === 'crash')
      const suspected = dead.suspects.length > 0 ? [] : (dead.underWay ?? [])
      expect(names(alone.map(({ step, from }) => ({ step, task: String(from) })))).toEqual(names(suspected))
      for (const one of alone) expect([one.to - one.from, one.attempt]).toEqual([1, 0])
      for (const one of commit.continuations) if (one.reason !== 'retry') expect(one.attempt).toBe(0)
    }),
    { numRuns: 1000 },
  )
})
