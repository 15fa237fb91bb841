import type { ArtifactRef, AttemptRecord, Commit, TakenTransition, TaskError, TaskRecord } from '@flowctl/core'
import fc from 'fast-check'

/** Objects as literals make them. */
const record = <T extends object>(
  fields: { [K in keyof T]: fc.Arbitrary<T[K]> },
  options?: { requiredKeys: (keyof T)[] },
) => fc.record(fields, { ...options, noNullPrototype: true }) as fc.Arbitrary<T>

const name = fc.oneof(
  fc.stringMatching(/^[a-z][A-Za-z0-9]{0,8}$/),
  fc.constantFrom('__proto__', 'constructor', 'toString'),
)
const time = fc.nat({ max: 2 ** 45 })
const text = fc.string({ unit: 'grapheme', maxLength: 30 })

/** Few hashes, so that references are shared, and sometimes differ in more than their hash. */
const artifactRef: fc.Arbitrary<ArtifactRef> = record(
  {
    hash: fc.constantFrom('a'.repeat(64), 'b'.repeat(64), 'c'.repeat(64), 'd'.repeat(64)),
    size: fc.nat({ max: 3 }),
    type: fc.constantFrom('number', 'Array(3)'),
    preview: fc.constantFrom('1', '"\u2028"'),
    inline: fc.constantFrom('AA==', ''),
  },
  { requiredKeys: ['hash', 'size', 'type', 'preview'] },
)

const taskError: fc.Arbitrary<TaskError> = fc.letrec<{ error: TaskError }>((tie) => ({
  error: record(
    {
      kind: fc.constantFrom('exception', 'timeout', 'exit', 'signal', 'out-of-memory'),
      name: text,
      message: text,
      stack: text,
      code: text,
      fix: text,
      cause: tie('error') as fc.Arbitrary<TaskError>,
    },
    { requiredKeys: ['kind', 'name', 'message'] },
  ) as fc.Arbitrary<TaskError>,
})).error

const taken: fc.Arbitrary<TakenTransition> = fc.oneof(
  record({ kind: fc.constant('linear' as const), to: name }),
  record({ kind: fc.constant('split' as const), to: fc.array(name, { minLength: 2, maxLength: 4 }) }),
  record({
    kind: fc.constant('foreach' as const),
    to: name,
    count: fc.nat(),
    segments: fc.array(record({ from: fc.nat(), items: artifactRef }), { maxLength: 3 }),
  }),
  record({ kind: fc.constant('switch' as const), to: name, value: text }),
  record({ kind: fc.constant('end' as const) }),
)

const attemptFields = {
  step: name,
  task: fc.constantFrom('0', '3.17', '2~1'),
  attempt: fc.nat({ max: 5 }),
  startedAt: time,
  endedAt: time,
  pid: fc.nat(),
  error: taskError,
  log: record({
    object: fc.constantFrom('F/runs/1/logs/a/0.x', 'F/runs/2/logs/a/0.x'),
    from: fc.nat(),
    to: fc.nat(),
    stdoutLines: fc.nat(),
    stderrLines: fc.nat(),
  }),
}
const attemptKeys = ['step', 'task', 'attempt', 'startedAt', 'endedAt', 'pid'] as const

const attempt = record(attemptFields, { requiredKeys: [...attemptKeys] }) as fc.Arbitrary<AttemptRecord>

export const taskRecord = record(
  {
    ...attemptFields,
    outcome: fc.constantFrom('succeeded', 'caught', 'failed'),
    artifacts: fc.dictionary(name, artifactRef, { maxKeys: 5, noNullPrototype: true }),
    dropped: fc.dictionary(name, name, { noNullPrototype: true }),
    taken,
  },
  { requiredKeys: [...attemptKeys, 'outcome', 'artifacts'] },
) as fc.Arbitrary<TaskRecord>

export const commit = record(
  {
    format: fc.constant(1 as const),
    head: name,
    key: fc.constantFrom('0', '5-67', '3.5-67_0'),
    execution: text,
    host: text,
    tasks: fc.array(taskRecord, { maxLength: 5 }),
    attempts: fc.array(attempt, { maxLength: 3 }),
    continuations: fc.array(
      record(
        {
          key: text,
          step: name,
          from: fc.nat(),
          to: fc.nat(),
          attempt: fc.nat(),
          notBefore: time,
          reason: fc.constantFrom('retry', 'crash', 'time', 'drain'),
        },
        { requiredKeys: ['key', 'step', 'from', 'to', 'attempt', 'reason'] },
      ),
      { maxLength: 2 },
    ),
    plan: record({ from: fc.nat(), to: fc.nat(), size: fc.nat() }),
  },
  { requiredKeys: ['format', 'head', 'key', 'execution', 'host', 'tasks', 'attempts', 'continuations'] },
) as fc.Arbitrary<Commit>
