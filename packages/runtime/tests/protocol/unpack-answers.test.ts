import { deserialize, serialize } from 'node:v8'
import type { ArtifactRef } from '@flowctl/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { eachAnswer } from '../../src/protocol/unpack-answers.ts'
import type { Answer, Frame, TaskAnswer } from '../../src/protocol/answers.ts'
import { packed } from '../../src/protocol/pack-answers.ts'

const throughPipe = (answers: readonly Answer[]): Answer[] => {
  const got: Answer[] = []
  eachAnswer(deserialize(serialize(packed(answers))) as Frame, (answer) => got.push(answer))
  return got
}

const name = fc.oneof(fc.constantFrom('a', 'b', '__proto__', 'x\0y'), fc.string({ maxLength: 3 }))
const refs = fc.array(
  fc.record(
    { hash: fc.string(), size: fc.nat(), type: fc.string(), preview: fc.string(), inline: fc.string() },
    { requiredKeys: ['hash', 'size', 'type', 'preview'], noNullPrototype: true },
  ),
  { minLength: 1, maxLength: 3 },
)

/** Tasks that begin and end, now and then with something in between or another end. */
const someAnswers = refs.chain((shared: ArtifactRef[]) =>
  fc
    .array(
      fc.record({
        step: fc.constantFrom('fit', 'score'),
        task: fc.nat({ max: 3 }).map(String),
        attempt: fc.nat({ max: 1 }),
        at: fc.nat(),
        took: fc.nat(),
        input: fc.option(fc.string(), { nil: undefined }),
        names: fc.uniqueArray(name, { maxLength: 3 }),
        refs: fc.array(fc.nat({ max: shared.length - 1 }), { minLength: 3, maxLength: 3 }),
        how: fc.constantFrom('well', 'well', 'well', 'log', 'failed', 'dropped', 'alone', 'other-start'),
      }),
      { maxLength: 12 },
    )
    .map((tasks) => tasks.flatMap((task) => answersOf(task, shared))),
)

function answersOf(
  given: {
    step: string
    task: string
    attempt: number
    at: number
    took: number
    input: string | undefined
    names: string[]
    refs: number[]
    how: string
  },
  shared: readonly ArtifactRef[],
): Answer[] {
  const { step, task, attempt, at, took, names, how } = given
  const input = given.input === undefined ? {} : { input: given.input }
  const named = { step, task, attempt }
  const artifacts = Object.fromEntries(names.map((one, n) => [one, shared[given.refs[n] as number] as ArtifactRef]))
  const error = { kind: 'exception', name: 'Error', message: 'no' } as const
  const dropped = how === 'dropped' ? { dropped: { model: 'join' } } : {}
  const result: TaskAnswer['result'] =
    how === 'failed' ? { ok: false, error } : { ok: true, artifacts, ...dropped, taken: { kind: 'linear', to: 'join' } }
  const started = { type: 'started', ...named, at: how === 'other-start' ? at + 1 : at, ...input } as const
  const ended = { type: 'task', ...named, startedAt: at, endedAt: at + took, ...input, result } as const
  const line = { type: 'log', ...named, stream: 'stdout', at, text: 'hello' } as const
  if (how === 'alone') return [ended]
  return how === 'log' ? [started, line, ended] : [started, ended]
}

describe('answers as rows', () => {
  test('come out as they went in, in their order', () => {
    fc.assert(
      fc.property(someAnswers, (answers) => {
        expect(throughPipe(answers)).toStrictEqual(answers)
      }),
      { numRuns: 500 },
    )
  })

  test('refs that tasks share stay the same objects', () => {
    const ref = { hash: 'h', size: 1, type: 'number', preview: '1' }
    const given = {
      step: 'fit',
      attempt: 0,
      at: 5,
      took: 1,
      input: undefined,
      names: ['a', 'b'],
      refs: [0, 0],
      how: 'well',
    }
    const answers = ['0', '1'].flatMap((task) => answersOf({ ...given, task }, [ref]))
    const [, first, , second] = throughPipe(answers) as TaskAnswer[]
    const artifactsOf = (answer: TaskAnswer | undefined) => (answer?.result.ok === true ? answer.result.artifacts : {})
    expect(artifactsOf(first)['a']).toBe(artifactsOf(second)['b'])
  })

  test('take much less room than objects', () => {
    const given = { step: 'fit', attempt: 0, at: 5, took: 1, input: 'x', names: ['a'], refs: [0], how: 'well' }
    const ref = { hash: 'h', size: 1, type: 'number', preview: '1' }
    const answers = Array.from({ length: 100 }, (_, n) => answersOf({ ...given, task: String(n) }, [ref])).flat()
    expect(serialize(packed(answers)).length).toBeLessThan(serialize(answers).length / 3)
  })
})
