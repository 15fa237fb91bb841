import { describe, expect, it, onTestFinished } from 'vitest'
import type { ProcessExit } from '../../src/processes/exit-cause.ts'
import { TaskProcess } from '../../src/processes/task-process.ts'
import type { Answer } from '@flowctl/runtime'
import { isAlive } from '@flowctl/test-support/is-alive'
import { until } from '@flowctl/test-support/until'
import { entry, newPath } from './entries.ts'

const LOAD = { type: 'load', bundle: '', api: '', className: 'F', datastore: 'memory:' } as const

class Heard {
  readonly answers: Answer[] = []
  readonly exits: ProcessExit[] = []
  stdout = ''
  stderr = ''

  answer(answer: Answer): void {
    this.answers.push(answer)
  }
  output(stream: 'stdout' | 'stderr', text: string): void {
    this[stream] += text
  }
  exit(exit: ProcessExit): void {
    this.exits.push(exit)
  }
}

function start(main: URL, env: Record<string, string> = {}): { process: TaskProcess; heard: Heard } {
  const process_ = new TaskProcess({ entry: main, env: { ...process.env, ...env } })
  onTestFinished(() => process_.kill())
  const heard = new Heard()
  process_.listen(heard)
  return { process: process_, heard }
}

describe('a task process', () => {
  it('hears requests and answers them, with the environment it was given', async () => {
    const { process, heard } = start(
      entry({ load: `say({ type: 'loaded', description: description(process.env.NAME) })` }),
      {
        NAME: 'ofEnv',
      },
    )
    process.send(LOAD)
    await until(() => heard.answers.length > 0, 'an answer')
    expect(heard.answers).toEqual([{ type: 'loaded', description: { flow: 'ofEnv', steps: [], parameters: [] } }])
    expect(process.alive).toBe(true)
    expect(isAlive(process.pid)).toBe(true)
  })

  it('is heard to the last word, also when it dies in the next instruction', async () => {
    const many = `say(...Array.from({ length: 2000 }, (_, n) => ({ type: 'log', step: 's', task: '0', attempt: 0, stream: 'stdout',
      at: n, text: 'x'.repeat(100) }))); process.kill(process.pid, 'SIGKILL')`
    const { process, heard } = start(entry({ load: many }))
    process.send(LOAD)
    await until(() => heard.exits.length > 0, 'its end')
    expect(heard.answers).toHaveLength(2000)
    expect(heard.exits[0]).toMatchObject({ code: null, signal: 'SIGKILL' })
    expect(process.alive).toBe(false)
  })

  it('has its raw output and the end of its stderr told', async () => {
    const { process, heard } = start(
      entry({ load: `process.stdout.write('to stdout'); process.stderr.write('to stderr', () => process.exit(4))` }),
    )
    process.send(LOAD)
    await until(() => heard.exits.length > 0, 'its end')
    expect(heard.stdout).toBe('to stdout')
    expect(heard.stderr).toBe('to stderr')
    expect(heard.exits[0]).toMatchObject({ code: 4, signal: null, stderrTail: 'to stderr', garbled: false })
    expect(heard.exits[0]).not.toHaveProperty('exiting')
  })

  it('keeps only the last bytes of its stderr', async () => {
    const { process, heard } = start(
      entry({ load: `process.stderr.write('a'.repeat(100_000) + 'the end', () => process.exit(1))` }),
    )
    process.send(LOAD)
    await until(() => heard.exits.length > 0, 'its end')
    expect(heard.exits[0]?.stderrTail).toHaveLength(16_384)
    expect(heard.exits[0]?.stderrTail.endsWith('the end')).toBe(true)
  })

  it('says that it is exiting', async () => {
    const { process, heard } = start(
      entry({ load: `say({ type: 'exiting', code: 5, stack: 'here' }); process.exit(5)` }),
    )
    process.send(LOAD)
    await until(() => heard.exits.length > 0, 'its end')
    expect(heard.exits[0]).toMatchObject({ code: 5, exiting: { code: 5, stack: 'here' } })
  })

  it('tells its end to whoever listens later, and takes requests in silence', async () => {
    const { process, heard } = start(entry({}))
    process.kill()
    await until(() => heard.exits.length > 0, 'its end')
    for (let n = 0; n < 3; n += 1) process.send(LOAD)
    process.kill()
    const late = new Heard()
    process.listen(late)
    expect(late.exits).toEqual(heard.exits)
    expect(heard.exits).toHaveLength(1)
  })

  it('takes large requests while it dies: no error comes of them', async () => {
    const { process, heard } = start(entry({}))
    await until(() => isAlive(process.pid), 'its start')
    process.kill()
    for (let n = 0; n < 20; n += 1) process.send({ ...LOAD, bundle: 'x'.repeat(1_000_000) })
    await until(() => heard.exits.length > 0, 'its end')
    expect(heard.exits[0]?.signal).toBe('SIGKILL')
  })

  it('is killed when something else than answers comes over its pipe', async () => {
    const main = entry({
      load: `say({ type: 'idle' }); writeSync(3, 'a log line of somebody\\n'); setInterval(() => {}, 1000)`,
    })
    const { process, heard } = start(main)
    process.send(LOAD)
    await until(() => heard.exits.length > 0, 'its end')
    expect(heard.answers).toEqual([{ type: 'idle' }])
    expect(heard.exits[0]).toMatchObject({ signal: 'SIGKILL', garbled: true })
  })

  it('is not waited for when something it started holds its pipes, and the pipes are let go', async () => {
    const pidFile = newPath()
    const main = entry({
      load: `const child = spawn('sleep', ['60'], { stdio: ['ignore', 'inherit', 'inherit', 3], detached: true })
             appendFileSync(${JSON.stringify(pidFile)}, String(child.pid)); say({ type: 'idle' })`,
    })
    const pipes = (): number => process.getActiveResourcesInfo().filter((one) => one === 'PipeWrap').length
    const before = pipes()
    const { process: started, heard } = start(main)
    started.send(LOAD)
    await until(() => heard.answers.length > 0, 'an answer')
    const { readFileSync } = await import('node:fs')
    const sleeper = Number(readFileSync(pidFile, 'utf8'))
    onTestFinished(() => void process.kill(sleeper, 'SIGKILL'))
    const began = performance.now()
    started.kill()
    await until(() => heard.exits.length > 0, 'its end')
    expect(performance.now() - began).toBeLessThan(20_000)
    expect(isAlive(sleeper)).toBe(true)
    await until(() => pipes() <= before, 'the pipes to be closed')
  })

  it('that cannot be started has an end', async () => {
    const { process, heard } = start(new URL('file:///nowhere/at/all.mjs'))
    await until(() => heard.exits.length > 0, 'its end')
    expect(heard.exits[0]?.code).toBe(1)
    expect(heard.stderr).toContain('/nowhere/at/all.mjs')
    expect(process.alive).toBe(false)
  })
})
