import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BROKEN, DIVIDE, HELLO, PARAMETERS } from '../support/flows.ts'
import { Project, settled } from '../support/project.ts'

let project: Project
beforeAll(() => {
  project = new Project({ 'hello.ts': HELLO, 'parameters.ts': PARAMETERS, 'divide.ts': DIVIDE, 'broken.ts': BROKEN })
})
afterAll(() => project.remove())

describe('run', () => {
  test('into a pipe: plain lines, exit 0', async () => {
    const { code, stdout, stderr } = await project.flowctl('run', 'hello.ts', '--max-workers', '1')
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(settled(stdout).split('\n')).toEqual([
      'TIME flowctl 0.1.0 runs HelloFlow for user:ada with datastore .flowctl',
      'TIME Creating a new datastore in .flowctl',
      'TIME Run HelloFlow/RUN is starting.',
      'TIME [HelloFlow/RUN/start/0 (pid N)] Task is starting.',
      'TIME [HelloFlow/RUN/start/0 (pid N)] Task finished successfully.',
      'TIME [HelloFlow/RUN/hello/0 (pid N)] Task is starting.',
      'TIME [HelloFlow/RUN/hello/0 (pid N)] Hello World!',
      'TIME [HelloFlow/RUN/hello/0 (pid N)] careful',
      'TIME [HelloFlow/RUN/hello/0 (pid N)] Task finished successfully.',
      'TIME [HelloFlow/RUN/end/0 (pid N)] Task is starting.',
      'TIME [HelloFlow/RUN/end/0 (pid N)] Task finished successfully.',
      'TIME Done! Run HelloFlow/RUN took SOME.',
      'TIME See what it stored: flowctl dump HelloFlow/RUN/end',
      '',
    ])
  })

  test('--quiet: only what tasks write; the datastore is announced once', async () => {
    const { code, stdout } = await project.flowctl('run', 'hello.ts', '--quiet')
    expect(code).toBe(0)
    expect(settled(stdout)).toBe(
      'TIME [HelloFlow/RUN/hello/0 (pid N)] Hello World!\nTIME [HelloFlow/RUN/hello/0 (pid N)] careful\n',
    )
    expect((await project.flowctl('run', 'hello.ts')).stdout).not.toContain('Creating')
  })

  test('--json: one event a line and nothing else', async () => {
    const { code, lines, stderr } = await project.flowctl('run', 'hello.ts', '--json', '--tag', 'a', '--tag', 'b')
    expect(code).toBe(0)
    expect(stderr).toBe('')
    const events = lines.map((line) => JSON.parse(line) as { type: string; text?: string; status?: string })
    expect(events[0]).toMatchObject({ type: 'run-started', flow: 'HelloFlow', user: 'ada', datastore: '.flowctl' })
    expect(events.at(-1)).toMatchObject({ type: 'run-ended', status: 'succeeded' })
    expect(events.filter(({ type }) => type === 'line').map(({ text }) => text)).toEqual(['Hello World!', 'careful'])
    expect(events.filter(({ type }) => type === 'task-started')).toHaveLength(3)
  })

  test('--run-id-file holds the run id', async () => {
    const { code } = await project.flowctl('run', 'hello.ts', '--run-id-file', 'id.txt', '--quiet')
    expect(code).toBe(0)
    expect(project.runs('HelloFlow')).toContain(readFileSync(join(project.folder, 'id.txt'), 'utf8'))
  })

  test('npx is part of the hints when npx is how flowctl was called', async () => {
    const { stdout } = await project.with({ npm_command: 'exec' }, 'run', 'hello.ts')
    expect(stdout).toContain('See what it stored: npx flowctl dump HelloFlow/')
  })
})

describe('parameters', () => {
  test.each([
    [['--creature', 'dog'], 'dog 4 false [ 1, 2 ]'],
    [['--creature=bird', '--num-legs', '2', '--fast'], 'bird 2 true [ 1, 2 ]'],
    [['--creature', 'x', '--numLegs=-1', '--no-fast', '--vector', '[7]'], 'x -1 false [ 7 ]'],
    [['--fast', 'false', '--creature', 'two words'], 'two words 4 false [ 1, 2 ]'],
  ])('%j', async (words, said) => {
    const { code, stdout } = await project.flowctl('run', 'parameters.ts', '--quiet', ...words)
    expect(code).toBe(0)
    expect(stdout).toContain(`] ${said}\n`)
  })

  test('from the environment; the command line wins', async () => {
    const environment = { FLOWCTL_RUN_CREATURE: 'cat', FLOWCTL_RUN_NUM_LEGS: '3', FLOWCTL_RUN_MAX_WORKERS: '1' }
    const { stdout } = await project.with(environment, 'run', 'parameters.ts', '--quiet', '--num-legs', '5')
    expect(stdout).toContain('] cat 5 false')
  })

  test('run --help lists them first', async () => {
    const { code, stdout } = await project.flowctl('run', 'parameters.ts', '--help')
    expect(code).toBe(0)
    expect(stdout.split('\n').slice(0, 7)).toEqual([
      'Parameters of ParameterFlow:',
      '  --creature TEXT     An animal  [required]',
      '  --num-legs INTEGER  Its legs  [default: 4]',
      '  --fast, --no-fast   [default: false]',
      '  --vector JSON       [default: [1,2]]',
      '',
      'Usage: flowctl run FILE [--PARAM VALUE]... [options]',
    ])
    expect(stdout).toContain('Exit codes: 0 done, 1 the run failed, 2 wrong usage, 130 interrupted.')
    expect((await project.flowctl('run', '--help')).stdout).toMatch(/^Usage: flowctl run FILE/)
  })
})

describe('bad input: exit 2, nothing recorded', () => {
  test.each<[string[], string]>([
    [['run'], "Error [COMMAND_MISSING_ARGUMENT]: 'flowctl run' needs FILE, the flow file."],
    [['run', '--creature', 'x', 'parameters.ts'], 'Error [COMMAND_FILE_FIRST]'],
    [['run', 'parameters.ts'], 'Error [PARAMETER_MISSING]: The parameter --creature is required'],
    [['run', 'parameters.ts', '--creature', 'x', '--num-legs', 'many'], 'Error [PARAMETER_VALUE_INVALID]: --num-legs'],
    [['run', 'parameters.ts', '--creature', 'x', '--vector', '{'], 'Error [PARAMETER_JSON_INVALID]: --vector'],
    [['run', 'parameters.ts', '--creatures', 'x'], 'Did you mean --creature?'],
    [['run', 'parameters.ts', '--creature'], '--creature needs a value'],
    [['run', 'parameters.ts', 'dog'], "'dog' stands alone"],
    [
      ['run', 'parameters.ts', '--max-workers', '0x'],
      "--max-workers is '0x', but must be a whole number of at least 1.",
    ],
    [['run', 'parameters.ts', '--creature', 'x', '--max-workers'], '--max-workers needs a value'],
    [['run', 'parameters.ts', '--creature', 'x', '--tag', ''], 'Error [TAG_INVALID]'],
    [['run', 'parameters.ts', '--creature', 'x', '--with', 'nosuchdeco'], 'nosuchdeco'],
    [['run', 'parameters.ts', '--creature', 'x', '--run-id-file', 'no/where'], 'its folder does not exist'],
    [['run', 'parameters.ts', '--creature', 'x', '--datastore', 'gs://bucket/x'], 'gs://bucket/x'],
    [['run', 'parameters.ts', '--creature', 'x', '--datastore', 'memory:'], 'Error [COMMAND_MEMORY_DATASTORE]'],
    [['run', 'nosuch.ts'], 'nosuch.ts'],
    [['run', 'broken.ts'], '2 problems.'],
  ])('%j', async (words, message) => {
    const { code, stdout, stderr } = await project.flowctl(...words)
    expect(stderr).toContain(message)
    expect(stderr).toContain('Fix: ')
    expect(stderr).not.toMatch(/^ +at /m)
    expect(stdout).toBe('')
    expect(code).toBe(2)
  })

  test('nothing is recorded, not even the datastore of a run that never was', async () => {
    const fresh = new Project({ 'parameters.ts': PARAMETERS, 'broken.ts': BROKEN })
    await fresh.flowctl('run', 'parameters.ts', '--num-legs', 'x')
    await fresh.flowctl('run', 'broken.ts')
    await fresh.flowctl('check', 'parameters.ts')
    expect(existsSync(join(fresh.folder, '.flowctl'))).toBe(false)
    fresh.remove()
  })

  test('--json tells the problem as an event, too', async () => {
    const { code, lines, stderr } = await project.flowctl('run', 'parameters.ts', '--json', '--num-legs', 'x')
    expect(code).toBe(2)
    const codes = lines
      .map((line) => JSON.parse(line) as { type: string; code: string; fix: string })
      .map((one) => one.code)
    expect(codes.sort()).toEqual(['PARAMETER_MISSING', 'PARAMETER_VALUE_INVALID'])
    expect(stderr).toContain('2 problems.')
  })
})

describe('a flow file that cannot be loaded', () => {
  const FLOW = 'export default class F extends FlowSpec { @step start() { this.next(this.end) } @step end() {} }'

  test.each([
    [
      'code outside steps that throws',
      "import { FlowSpec, step } from 'flowctl'\nJSON.parse('{')",
      'FLOW_CODE_FAILED',
      '2:6',
    ],
    [
      'a name that flowctl lacks',
      "import { FlowSpec, step, retri } from 'flowctl'\nretri()",
      'FLOWCTL_EXPORT_UNKNOWN',
      '1:26',
    ],
  ])('%s: where', async (_what, head, error, place) => {
    const other = new Project({ 'flow.ts': `${head}\n${FLOW}` })
    const { code, stderr } = await other.flowctl('check', 'flow.ts')
    other.remove()
    expect(code).toBe(2)
    expect(stderr).toContain(`Error [${error}]: `)
    expect(stderr).toContain(`flow.ts:${place}\n`)
    expect(stderr).toContain('Fix: ')
  })
})

describe('failure and resume', () => {
  test('the first failure, where to look, how to go on; then the rest is run', async () => {
    const failed = await project.with({ BROKEN: '1' }, 'run', 'divide.ts')
    expect(failed.code).toBe(1)
    expect(settled(failed.stdout)).toContain(
      'TIME [DivideFlow/RUN/divide/1 (pid N)] Task failed (input: 0, attempt 2 of 2): RangeError: no zero, please (divide.ts:16:',
    )
    expect(settled(failed.stdout)).toMatch(/TIME Run DivideFlow\/RUN failed after SOME\.\n$/)
    expect(settled(failed.stderr)).toBe(
      [
        '',
        'First failure: step divide, task 1, input: 0, attempt 2 of 2',
        '  RangeError: no zero, please',
        "      16 |     if (this.input === 0 && process.env.BROKEN) throw new RangeError('no zero, please')",
        `         | ${' '.repeat(54)}^`,
        '      at DivideFlow.divide (divide.ts:16:55)',
        '',
        'Read its log:  flowctl logs DivideFlow/RUN/divide/1',
        'Resume it:     flowctl resume divide.ts',
        '',
      ].join('\n'),
    )

    const status = await project.flowctl('status', 'DivideFlow')
    expect(status.code).toBe(0)
    expect(settled(status.stdout)).toContain('  status       failed\n')
    expect(status.stdout).toContain('First failure: step divide, task 1, input: 0, attempt 2 of 2')

    const resumed = await project.flowctl('resume', 'divide.ts')
    expect(resumed.stderr).toBe('')
    expect(resumed.code).toBe(0)
    const lines = settled(resumed.stdout).split('\n')
    expect(lines[0]).toBe('Resuming DivideFlow/RUN of user:ada, started TIME')
    expect(lines[1]).toMatch(/^ {2}start +reuse 1 task/)
    expect(resumed.stdout).toContain('divide/1 (pid ')
    expect(resumed.stdout).not.toContain('start/0 (pid ')
    expect((await project.flowctl('dump', 'DivideFlow/', '--json')).code).toBe(2)
    const run = /Run (DivideFlow\/\S+) is starting/.exec(resumed.stdout)?.[1]
    const results = await project.flowctl('dump', `${run}/end/0/results`)
    expect(results.stdout).toBe('[ 12, 1, 3 ]\n')
  })

  test('--quiet and --verbose', async () => {
    const { code, stdout, stderr } = await project.with({ BROKEN: '1' }, 'run', 'divide.ts', '--quiet', '--verbose')
    expect(code).toBe(1)
    expect(stdout).not.toContain('Task is starting')
    expect(settled(stderr)).toContain('Failed. Run DivideFlow/RUN failed after SOME.\n\nFirst failure:')
    expect(stderr).toMatch(/packages\/(runtime\/dist\/main|cli\/dist\/bundle\/task-process)/)
  })

  test('a resume takes no parameters, and needs a run', async () => {
    await project.flowctl('run', 'parameters.ts', '--creature', 'x', '--quiet')
    const before = project.runs('ParameterFlow')
    for (const [words, message] of [
      [['--num-legs', '6'], "'--num-legs' cannot be given to a resumed run"],
      [['--no-fast'], "'--no-fast' cannot be given to a resumed run"],
      [['--nope'], "'flowctl resume' has no option '--nope'."],
      [['nosuchstep'], 'nosuchstep'],
      [['start', 'end'], "does not take 'end'"],
      [['--origin-run-id', '123'], '123'],
      [['--origin-run-id', 'HelloFlow/123'], "'HelloFlow/123', but must be a run of ParameterFlow"],
    ] as const) {
      const { code, stderr } = await project.flowctl('resume', 'parameters.ts', ...words)
      expect(stderr).toContain(message)
      expect(code).toBe(2)
    }
    expect(project.runs('ParameterFlow')).toEqual(before)
  })

  test.each([
    ['without a datastore', {}],
    ['without a run', { FLOWCTL_DATASTORE: 'elsewhere' }],
  ])('nothing to resume: %s', async (_what, environment) => {
    const fresh = new Project({ 'hello.ts': HELLO })
    const { code, stdout, stderr } = await fresh.with(environment, 'resume', 'hello.ts')
    expect(stderr).toMatch(/^Error \[(DATASTORE_NOT_FOUND|RUN_NONE_TO_RESUME)\]/)
    expect(stdout).toBe('')
    expect(code).toBe(2)
    fresh.remove()
  })
})
