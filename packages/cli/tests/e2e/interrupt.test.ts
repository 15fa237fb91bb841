import type { ChildProcess } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { HELLO, SLEEP } from '../support/flows.ts'
import { ended, Project, settled } from '../support/project.ts'

let project: Project
beforeAll(() => {
  project = new Project({ 'sleep.ts': SLEEP, 'hello.ts': HELLO })
})
afterAll(() => project.remove())

interface Watched {
  readonly child: ChildProcess
  readonly text: () => string
  said(what: RegExp): Promise<void>
}

function watch(words: readonly string[]): Watched {
  const child = project.start({}, words)
  let text = ''
  let listener = (): void => undefined
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      listener()
    })
  }
  const said = (what: RegExp): Promise<void> =>
    new Promise((resolve) => {
      listener = () => {
        if (what.test(text)) resolve()
      }
      listener()
    })
  return { child, text: () => text, said }
}

test.each(['SIGINT', 'SIGTERM'] as const)('%s stops the run, keeps what is done, exit 130', async (signal) => {
  const { child, text, said } = watch(['run', 'sleep.ts'])
  await said(/\] sleeping/)
  child.kill(signal)
  expect(await ended(child)).toBe(130)
  expect(text()).toContain('Stopping the run: running tasks are killed, what is done is kept.')
  expect(settled(text())).toContain('Run SleepFlow/RUN was cancelled after')
  expect(text()).toContain('Resume it:     flowctl resume sleep.ts')
  const status = await project.flowctl('status', 'SleepFlow')
  expect(status.stdout).toContain('cancelled')
  expect(status.stdout).toMatch(/start +1 /)
})

test('a run that beats on another machine goes on, for status and for resume', async () => {
  const { child, text, said } = watch(['run', 'sleep.ts'])
  await said(/\] sleeping/)
  const run = /Run SleepFlow\/(\S+) is starting/.exec(text())?.[1] as string
  const record = join(project.folder, '.flowctl/SleepFlow/runs', run, 'run.json')
  const { host, ...rest } = JSON.parse(readFileSync(record, 'utf8')) as { host: object }
  writeFileSync(record, JSON.stringify({ ...rest, host: { ...host, name: 'another' } }))
  expect((await project.flowctl('status', `SleepFlow/${run}`)).stdout).toContain('running')
  const resumed = await project.flowctl('resume', 'sleep.ts')
  expect(resumed.code).toBe(2)
  expect(resumed.stderr).toContain('RUN_STILL_GOING')
  expect(resumed.stderr).toContain('on another')
  child.kill('SIGINT')
  expect(await ended(child)).toBe(130)
})

test('--json ends with the cancelled run', async () => {
  const { child, text, said } = watch(['run', 'sleep.ts', '--json'])
  await said(/"text":"sleeping"/)
  child.kill('SIGINT')
  expect(await ended(child)).toBe(130)
  const last = text().trim().split('\n').at(-1) as string
  expect(JSON.parse(last)).toMatchObject({ type: 'run-ended', status: 'cancelled' })
})

test('a reader that goes away does not end the run', async () => {
  const { child, said } = watch(['run', 'hello.ts'])
  await said(/Task is starting/)
  child.stdout?.destroy()
  expect(await ended(child)).toBe(0)
  expect((await project.flowctl('status', 'HelloFlow')).stdout).toContain('succeeded')
})
