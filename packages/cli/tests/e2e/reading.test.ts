import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BROKEN, DIVIDE, HELLO, VALUES } from '../support/flows.ts'
import { Project, settled } from '../support/project.ts'

let project: Project
const run = (flow: string): string => `${flow}/${project.runs(flow)[0]}`

beforeAll(async () => {
  project = new Project({ 'hello.ts': HELLO, 'divide.ts': DIVIDE, 'values.ts': VALUES, 'broken.ts': BROKEN })
  await project.flowctl('run', 'hello.ts', '--tag', 'first')
  await project.with({ BROKEN: '1' }, 'run', 'divide.ts', '--max-workers', '1')
  await project.flowctl('run', 'values.ts')
})
afterAll(() => project.remove())

async function lines(...words: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await project.flowctl(...words)
  expect(stderr).toBe('')
  expect(code).toBe(0)
  return settled(stdout).split('\n').slice(0, -1)
}

async function json(...words: string[]): Promise<unknown> {
  const { code, stdout } = await project.flowctl(...words, '--json')
  expect(code).toBe(0)
  return JSON.parse(stdout)
}

describe('flow files', () => {
  test('show', async () => {
    expect(await lines('show', 'hello.ts')).toEqual([
      'HelloFlow',
      '    A flow that says hello.',
      '',
      'Step start',
      '    Starting point.',
      '    => hello',
      '',
      'Step hello',
      '    => end',
      '',
      'Step end',
      '    Finish line.',
    ])
  })

  test('check', async () => {
    expect((await lines('check', 'hello.ts'))[0]).toBe('HelloFlow looks good: 3 steps, 0 parameters.')
    const { code, stderr } = await project.flowctl('check', 'broken.ts')
    expect(code).toBe(2)
    expect(stderr).toMatch(/^1\. Error \[[A-Z_]+\]: /)
    expect(stderr).toContain('broken.ts:5:')
    expect(stderr).toContain('5 |     this.next(this.nowhere)')
    expect(stderr).toMatch(/\d problems\.\n$/)
  })

  test('graph', async () => {
    expect((await lines('graph', 'hello.ts'))[0]).toMatch(/^digraph/)
    expect((await lines('graph', 'hello.ts', '--format', 'mermaid'))[0]).toMatch(/^flowchart/)
    const { stdout } = await project.flowctl('graph', 'hello.ts', '--format', 'json')
    expect(JSON.parse(stdout)).toMatchObject({ flow: 'HelloFlow' })
    const bad = await project.flowctl('graph', 'hello.ts', '--format', 'png')
    expect(bad.code).toBe(2)
    expect(bad.stderr).toContain("--format is 'png', but must be one of dot, mermaid, json.")
  })
})

describe('list', () => {
  test('flows', async () => {
    expect(await lines('list', 'flows')).toEqual(['DivideFlow', 'HelloFlow', 'ValuesFlow'])
    expect(await json('list', 'flows')).toEqual(['DivideFlow', 'HelloFlow', 'ValuesFlow'])
  })

  test('runs', async () => {
    const listed = await lines('list', 'runs', 'HelloFlow')
    expect(listed[0]?.split(/ +/)).toEqual(['RUN', 'STATUS', 'STARTED', 'TOOK', 'USER', 'TAGS'])
    expect(listed[1]).toMatch(/^HelloFlow\/RUN +succeeded +TIME +SOME +ada +first$/)
    expect(listed).toHaveLength(2)
    expect(await json('list', 'runs', 'DivideFlow')).toMatchObject([
      { flow: 'DivideFlow', status: 'failed', user: 'ada' },
    ])
  })

  test('runs by tag, status, user', async () => {
    expect(await json('list', 'runs', 'HelloFlow', '--tag', 'first')).toHaveLength(1)
    expect(await json('list', 'runs', 'HelloFlow', '--tag', 'other')).toHaveLength(0)
    expect(await json('list', 'runs', 'HelloFlow', '--status', 'failed')).toHaveLength(0)
    expect(await json('list', 'runs', 'HelloFlow', '--namespace', 'user:bob')).toHaveLength(0)
    const bob = { FLOWCTL_USER: 'bob' }
    expect((await project.with(bob, 'list', 'runs', 'HelloFlow')).stdout).toBe(
      'No run of HelloFlow in user:bob. --all-users lists the runs of everybody.\n',
    )
    expect((await project.with(bob, 'list', 'runs', 'HelloFlow', '--all-users')).lines).toHaveLength(2)
    expect((await project.with({ ...bob, FLOWCTL_NAMESPACE: '' }, 'list', 'runs', 'HelloFlow')).lines).toHaveLength(2)
  })

  test('runs, the newest first, so many', async () => {
    const more = new Project({ 'hello.ts': HELLO })
    for (let i = 0; i < 3; i++) await more.flowctl('run', 'hello.ts', '--quiet')
    const all = JSON.parse((await more.flowctl('list', 'runs', 'HelloFlow', '--json')).stdout) as {
      createdAt: number
    }[]
    expect(all.map((one) => one.createdAt)).toEqual(all.map((one) => one.createdAt).sort((a, b) => b - a))
    const two = await more.flowctl('list', 'runs', 'HelloFlow', '--limit', '2')
    expect(two.lines.slice(3)).toEqual(['', 'Only the newest 2 are listed: --limit shows more.'])
    more.remove()
  })

  test('tasks', async () => {
    const listed = await lines('list', 'tasks', 'DivideFlow')
    expect(listed.slice(1).map((line) => line.replace(/ +/g, ' '))).toEqual(
      expect.arrayContaining([
        'DivideFlow/RUN/start/0 succeeded 1 TIME SOME',
        'DivideFlow/RUN/divide/1 failed 2 TIME SOME RangeError: no zero, please',
      ]),
    )
    expect(await json('list', 'tasks', 'DivideFlow', '--status', 'failed')).toMatchObject([
      { step: 'divide', task: '1', outcome: 'failed', attempts: 2 },
    ])
    expect(await json('list', 'tasks', run('DivideFlow'), '--step', 'start')).toHaveLength(1)
    const limited = await lines('list', 'tasks', 'DivideFlow', '--limit', '1')
    expect(limited.at(-1)).toMatch(/^These are the first 1 of \d tasks that have ended/)
  })
})

describe('status', () => {
  test('of a run that failed', async () => {
    const told = await lines('status', run('DivideFlow'))
    expect(told[0]).toBe('DivideFlow/RUN')
    expect(told[1]).toBe('  status       failed')
    expect(told.find((line) => line.startsWith('start'))).toMatch(/^start +1 +- +- +-$/)
    expect(told.find((line) => line.startsWith('divide'))).toMatch(/^divide +\d +- +1 +-$/)
    expect(told.at(-1)).toBe('Resume it:     flowctl resume divide.ts')
    expect(await json('status', 'DivideFlow')).toMatchObject({
      status: 'failed',
      steps: { start: { succeeded: 1 }, divide: { failed: 1 }, end: { succeeded: 0 } },
      failure: { step: 'divide', task: '1', error: { name: 'RangeError' } },
    })
  })

  test('by run id alone, from a folder below', async () => {
    const cwd = join(project.folder, 'below')
    mkdirSync(cwd)
    const id = project.runs('HelloFlow')[0] as string
    const { code, lines: told } = await project.with({ cwd }, 'status', id)
    expect(code).toBe(0)
    expect(told[0]).toBe(`HelloFlow/${id}`)
  })
})

describe('logs', () => {
  test('of a run, a step, a task; by stream', async () => {
    expect(await lines('logs', 'HelloFlow')).toEqual(['[hello/0] Hello World!', '[hello/0] careful'])
    expect(await lines('logs', `${run('HelloFlow')}/hello`)).toEqual(['Hello World!', 'careful'])
    expect(await lines('logs', `${run('HelloFlow')}/hello/0`, '--stdout')).toEqual(['Hello World!'])
    expect(await lines('logs', 'HelloFlow', '--stderr', '--timestamps')).toEqual(['TIME [hello/0] careful'])
    expect(await lines('logs', 'HelloFlow', '--stderr', '--stdout')).toHaveLength(2)
  })

  test('of an attempt', async () => {
    const task = `${run('DivideFlow')}/divide/1`
    expect((await lines('logs', task, '--attempt', '0'))[0]).toBe('dividing by 0')
    const { code, stderr } = await project.flowctl('logs', task, '--attempt', '7')
    expect(code).toBe(2)
    expect(stderr).toContain('Error [ATTEMPT_UNKNOWN]')
    expect(
      (await lines('logs', `${run('DivideFlow')}/divide`, '--attempt', '1')).every((line) =>
        line.startsWith('[divide/1] '),
      ),
    ).toBe(true)
  })

  test('that are empty say so on standard error', async () => {
    const { code, stdout, stderr } = await project.flowctl('logs', `${run('HelloFlow')}/start`)
    expect(code).toBe(0)
    expect(stdout).toBe('')
    expect(settled(stderr)).toBe('HelloFlow/RUN/start wrote nothing.\n')
  })
})

describe('dump', () => {
  test('a run names the tasks, a task does not', async () => {
    expect((await lines('dump', 'HelloFlow')).filter((line) => line.startsWith('HelloFlow/'))).toEqual([
      'HelloFlow/RUN/start/0',
      'HelloFlow/RUN/hello/0',
      'HelloFlow/RUN/end/0',
    ])
    const shown = await lines('dump', `${run('HelloFlow')}/end`)
    expect(shown).toHaveLength(1)
    expect(shown[0]).toMatch(/^word = 'World' {2}\(string, \d+ B\)$/)
  })

  test('large values are named, not shown', async () => {
    const end = `${run('ValuesFlow')}/end/0`
    const shown = await lines('dump', end)
    expect(shown.find((line) => line.startsWith('matrix'))).toMatch(
      /^matrix {2}\(Float64Array\(1000\), 7\.\d KiB\) is not shown: 'flowctl dump ValuesFlow\/RUN\/end\/0\/matrix' does$/,
    )
    expect(shown.find((line) => line.startsWith('table'))).toMatch(
      /^table = Map\(1\) \{ 'a' => 1 \} {2}\(Map\(1\), \d+ B\)$/,
    )
    expect((await lines('dump', end, '--max-value-size', '0')).every((line) => line.includes('is not shown'))).toBe(
      true,
    )
  })

  test('one artifact', async () => {
    const end = `${run('ValuesFlow')}/end/0`
    expect(await lines('dump', `${end}/config`)).toEqual([
      '{',
      "  name: 'x',",
      '  layers: [ 1, 2, { deep: [ true, null ] } ]',
      '}',
    ])
    expect(await json('dump', `${end}/config`)).toMatchObject({ name: 'config', value: { name: 'x' } })
    const { stderr, code } = await project.flowctl('dump', `${end}/confg`)
    expect(code).toBe(2)
    expect(stderr).toContain('Did you mean config?')
  })

  test('--file: JSON, text, bytes, stored bytes', async () => {
    const end = `${run('ValuesFlow')}/end/0`
    const read = (name: string): Buffer => readFileSync(join(project.folder, name))
    expect(await lines('dump', `${end}/config`, '--file', 'config.json')).toEqual([
      'Wrote ValuesFlow/RUN/end/0/config to config.json as JSON.',
    ])
    expect(JSON.parse(read('config.json').toString())).toEqual({ name: 'x', layers: [1, 2, { deep: [true, null] }] })
    await lines('dump', `${end}/report`, '--file', 'report.txt')
    expect(read('report.txt').toString()).toBe('line 1\nline 2\n')
    await lines('dump', `${end}/picture`, '--file', 'picture.png')
    expect([...read('picture.png')]).toEqual([137, 80, 78, 71])
    await lines('dump', `${end}/matrix`, '--file', 'matrix.bin')
    expect(read('matrix.bin').length).toBeGreaterThan(8000)
    for (const [words, message] of [
      [[`${end}/table`, '--file', 'table.json'], 'cannot be written as JSON: it is a Map.'],
      [[end, '--file', 'all.json'], 'COMMAND_DUMP_NEEDS_ARTIFACT'],
      [[`${end}/count`, '--file', 'no/where.json'], 'its folder does not exist'],
    ] as const) {
      const { code, stderr } = await project.flowctl('dump', ...words)
      expect(stderr).toContain(message)
      expect(code).toBe(2)
    }
  })

  test('--json', async () => {
    const dumped = await json('dump', `${run('ValuesFlow')}/end`)
    expect(dumped).toMatchObject([
      { artifacts: expect.arrayContaining([expect.objectContaining({ name: 'count', value: 3 })]) as unknown },
    ])
  })
})

describe('tag', () => {
  test('add, remove, replace, list', async () => {
    expect(await lines('tag', 'add', 'HelloFlow', 'good', 'two words')).toEqual([
      'Tags of HelloFlow/RUN:',
      '  first',
      '  good',
      '  two words',
    ])
    expect(await lines('tag', 'remove', 'HelloFlow', 'two words')).toHaveLength(3)
    expect(await lines('tag', 'replace', run('HelloFlow'), '--remove', 'good', '--add', 'better')).toEqual([
      'Tags of HelloFlow/RUN:',
      '  first',
      '  better',
    ])
    expect(await json('tag', 'list', 'HelloFlow')).toMatchObject({ userTags: ['first', 'better'] })
    expect(await lines('tag', 'list', 'HelloFlow')).toContain('  user:ada')
    const { code, stderr } = await project.flowctl('tag', 'remove', 'HelloFlow', 'user:ada')
    expect(code).toBe(2)
    expect(stderr).toContain('Error [TAG_IMMUTABLE]')
  })
})

describe('wrong usage', () => {
  test.each<[string[], string]>([
    [['rnu', 'hello.ts'], "There is no command 'rnu'. Did you mean run?"],
    [['help', 'rnu'], "There is no command 'rnu'. Did you mean run?"],
    [['list', 'flow'], "'flowctl list' has no command 'flow'. Did you mean flows?"],
    [['hello.ts'], 'Fix: Say what to do with the flow: flowctl run hello.ts'],
    [['--nope'], "'flowctl' has no option '--nope'."],
    [['list'], "'flowctl list' needs flows or runs or tasks."],
    [['tag'], "'flowctl tag' needs add or remove or replace or list."],
    [['list', 'rns', 'HelloFlow'], 'runs'],
    [['show'], "'flowctl show' needs FILE."],
    [['show', 'a.ts', 'b.ts', 'c.ts'], "'flowctl show' does not take 'b.ts', 'c.ts'."],
    [['list', 'runs', 'HelloFlow', '--limit', '-1'], "--limit is '-1'"],
    [['list', 'runs', 'HelloFlow', '--status', 'good'], "--status is 'good', but must be one of running"],
    [['list', 'runs', 'HelloFlow', '--stats', 'x'], 'Did you mean --status?'],
    [['list', 'runs', 'HelloFlw'], 'Did you mean HelloFlow?'],
    [['status', 'HelloFlow/nope'], 'Error [RUN_UNKNOWN]'],
    [['status', 'HelloFlow/a/b'], 'Error [PATHSPEC_INVALID]'],
    [['logs', 'HelloFlow//x'], 'Error [PATHSPEC_INVALID]'],
    [['tag', 'add', 'HelloFlow'], "'flowctl tag add' needs TAG."],
    [['tag', 'add'], "'flowctl tag add' needs RUN."],
    [['status', 'HelloFlow', '--datastore'], '--datastore needs a value'],
  ])('%j', async (words, message) => {
    const { code, stderr } = await project.flowctl(...words)
    expect(stderr).toContain(message)
    expect(code).toBe(2)
  })

  test('no datastore', async () => {
    const empty = new Project()
    const { code, stderr } = await empty.flowctl('list', 'flows')
    expect(code).toBe(2)
    expect(stderr).toContain('Error [DATASTORE_NOT_FOUND]')
    empty.remove()
  })

  test('help and version', async () => {
    expect((await project.flowctl('--version')).stdout).toBe('0.1.0\n')
    for (const words of [['--help'], ['help'], []]) {
      const { code, stdout } = await project.flowctl(...words)
      expect(code).toBe(0)
      expect(stdout).toContain('Exit codes: 0 done, 1 the run failed, 2 wrong usage, 130 interrupted.')
    }
    expect((await project.flowctl('help', 'dump')).stdout).toContain('--max-value-size')
  })
})
