import { describe, expect, it } from 'vitest'
import { bench, given, whatIsLeft } from './open.ts'

interface Ending {
  readonly how: string
  readonly kind: string
  readonly message: RegExp
  readonly fix?: RegExp
  readonly code?: string
  readonly env?: Record<string, string>
}

const endings: readonly Ending[] = [
  {
    how: 'sigkill',
    kind: 'signal',
    message: /^The process of step 'act' was killed by SIGKILL\.$/,
    code: 'TASK_KILLED',
  },
  {
    how: 'memory',
    kind: 'out-of-memory',
    message: /^Step 'act' ran out of memory: the JavaScript heap/,
    fix: /--max-old-space-size/,
    env: { NODE_OPTIONS: '--max-old-space-size=48' },
  },
  { how: 'block', kind: 'timeout', message: /still running after 4 s, the limit of its @timeout/ },
  { how: 'wait', kind: 'timeout', message: /still running after 4 s, the limit of its @timeout/ },
  { how: 'exit', kind: 'exit', message: /it called process\.exit\(3\)/, fix: /returning or by throwing/ },
  { how: 'abort', kind: 'signal', message: /killed by SIGABRT/, fix: /native/ },
  { how: 'function', kind: 'exception', message: /stored\.layers\[0\]\.activation/ },
  { how: 'class', kind: 'exception', message: /stored\[1\].*Unregistered|Unregistered.*stored\[1\]/ },
  { how: 'promise', kind: 'exception', message: /promise/i, fix: /^Await it/ },
  { how: 'throw-text', kind: 'exception', message: /just text/ },
  { how: 'later', kind: 'exception', message: /from a timer/ },
]

describe('a step that ends badly', () => {
  it.each(endings)('$how: says exactly that, and loses nothing', async (ending) => {
    const { store, open } = await bench()
    const opened = await open('endings', ending.env === undefined ? {} : { env: ending.env })
    const run = await opened.run({ parameters: given({ how: ending.how }), user: 'tester' })
    const { end, tasks, runStore } = await whatIsLeft(store, run)

    expect(end.status).toBe('failed')
    expect(end.failure).toMatchObject({ step: 'act', task: '0', attempt: 0, error: { kind: ending.kind } })
    expect(end.failure?.error.message).toMatch(ending.message)
    if (ending.fix !== undefined) expect(end.failure?.error.fix).toMatch(ending.fix)
    if (ending.code !== undefined) expect(end.failure?.error.code).toBe(ending.code)

    expect(tasks.map(({ step, outcome }) => `${step} ${outcome}`)).toEqual(['start succeeded', 'act failed'])
    const log = tasks[1]?.log
    expect(log).toBeDefined()
    if (log !== undefined)
      expect((await runStore.readLog(log)).map((line) => line.text)).toContain(`about to: ${ending.how}`)
  })

  it('keeps an instance of a registered class', async () => {
    const { store, open } = await bench()
    const run = await (await open('endings')).run({ parameters: given({ how: 'well' }), user: 'tester' })
    expect((await whatIsLeft(store, run)).end.status).toBe('succeeded')
  })

  it('points to the line of the user in TypeScript', async () => {
    const { store, open } = await bench()
    const run = await (await open('endings')).run({ parameters: given({ how: 'exit' }), user: 'tester' })
    const { end } = await whatIsLeft(store, run)
    expect(end.failure?.error.stack).toMatch(/endings\.ts:4\d:\d+/)
  })
})
