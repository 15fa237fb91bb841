import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { isFlowProblems, type FlowProblems } from '@flowctl/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readSettings, variableOf, type Flags } from '../../src/configuration/read-settings.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowctl-settings-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
const read = (environment: Record<string, string> = {}, flags: Flags = {}, cwd = folder) =>
  readSettings({ cwd, environment, flags })

async function problems(reading: Promise<unknown>): Promise<readonly { code: string; message: string; fix: string }[]> {
  const thrown = await reading.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (isFlowProblems(thrown)) return (thrown as FlowProblems).problems
  return thrown === undefined ? [] : [thrown as { code: string; message: string; fix: string }]
}

test('without anything: one pool without limits, all cores, loopback', async () => {
  expect(await read()).toEqual({
    redisNamespace: 'flowctl',
    shards: 1,
    pools: [{ name: 'default' }],
    workerPools: ['default'],
    slots: availableParallelism(),
    grace: 30,
    logLevel: 'info',
    host: '127.0.0.1',
    port: 0,
  })
})

test('options win over the environment, the environment over the file', async () => {
  write('flowctl.config.json', JSON.stringify({ slots: 2, grace: 5, port: 9000, redisUrl: 'redis://file:1' }))
  const settings = await read({ FLOWCTL_SLOTS: '3', FLOWCTL_GRACE: '2.5' }, { slots: '4' })
  expect(settings).toMatchObject({ slots: 4, grace: 2.5, port: 9000, redisUrl: 'redis://file:1' })
})

test.each(['', '\n\n', '# slots: 2\n\n  # grace: 3', '---\n# nothing', 'null\n'])(
  'a file that says nothing: %j',
  async (text) => {
    write('flowctl.config.yaml', text)
    expect(await read({ FLOWCTL_SLOTS: '3' })).toMatchObject({ slots: 3, grace: 30 })
  },
)

test('an empty variable is none', async () => {
  write('flowctl.config.json', JSON.stringify({ slots: 2 }))
  expect(await read({ FLOWCTL_SLOTS: '' })).toMatchObject({ slots: 2 })
})

test.each([
  ['flowctl.config.yaml', 'slots: 7\npools:\n  default: {}\n  gpu:\n    gpu: 1\n    memory: 16384\n'],
  ['flowctl.config.toml', 'slots = 7\n[pools.default]\n[pools.gpu]\ngpu = 1\nmemory = 16384\n'],
  [
    'flowctl.config.jsonc',
    '{ "slots": 7, /* one card each */ "pools": { "default": {}, "gpu": { "gpu": 1, "memory": 16384 } } }',
  ],
  ['flowctl.config.mjs', 'export default { slots: 7, pools: { default: {}, gpu: { gpu: 1, memory: 16 * 1024 } } }'],
  [
    'flowctl.config.ts',
    'const slots: number = 7\nexport default { slots, pools: { default: {}, gpu: { gpu: 1, memory: 16384 } } }',
  ],
  ['flowctl.config.cjs', 'module.exports = { slots: 7, pools: { default: {}, gpu: { gpu: 1, memory: 16384 } } }'],
  [
    'flowctl.config.js',
    'export default async () => ({ slots: 7, pools: { default: {}, gpu: { gpu: 1, memory: 16384 } } })',
  ],
  [
    'flowctl.config.mts',
    'const slots: number = await Promise.resolve(7)\nexport default () => ({ slots, pools: { default: {}, gpu: { gpu: 1, memory: 16384 } } })',
  ],
  [
    'flowctl.config.cts',
    'const slots: number = 7\nmodule.exports = { slots, pools: { default: {}, gpu: { gpu: 1, memory: 16384 } } }',
  ],
  ['flowctl.config.yml', 'slots: 7\npools:\n  default: &any {}\n  gpu:\n    <<: *any\n    gpu: 1\n    memory: 16384\n'],
  ['flowctl.config.json', '\uFEFF{ "slots": 7, "pools": { "default": {}, "gpu": { "gpu": 1, "memory": 16384 } } }'],
])('reads %s', async (name, text) => {
  write(name, text)
  expect(await read()).toMatchObject({
    slots: 7,
    pools: [{ name: 'default' }, { name: 'gpu', gpu: 1, memory: 16_384 }],
    workerPools: ['default', 'gpu'],
  })
})

test('the file is found from folders below it, and its paths start at it', async () => {
  write('flowctl.config.yaml', 'datastore: data/store\n')
  mkdirSync(join(folder, 'a/b'), { recursive: true })
  expect(await read({}, {}, join(folder, 'a/b'))).toMatchObject({ datastore: join(folder, 'data/store') })
})

test.each(['flowctl.config.mjs', 'flowctl.config.ts'])('%s may import what lies beside it', async (name) => {
  write('slots.cjs', 'exports.slots = 5')
  write(name, "import { slots } from './slots.cjs'\nexport default { slots }")
  expect(await read()).toMatchObject({ slots: 5 })
})

test('a URL in the file stays a URL', async () => {
  write('flowctl.config.yaml', 'datastore: s3://bucket/prefix\n')
  expect(await read()).toMatchObject({ datastore: 's3://bucket/prefix' })
})

test('FLOWCTL_CONFIG names another file', async () => {
  write('flowctl.config.json', '{ "slots": 2 }')
  write('other.yaml', 'slots: 9\n')
  expect(await read({ FLOWCTL_CONFIG: 'other.yaml' })).toMatchObject({ slots: 9 })
})

test('pools come from the environment as JSON', async () => {
  const settings = await read({
    FLOWCTL_POOLS: '{"small":{"cpu":1},"big":{"cpu":8}}',
    FLOWCTL_WORKER_POOLS: 'big, small',
  })
  expect(settings).toMatchObject({
    pools: [
      { name: 'small', cpu: 1 },
      { name: 'big', cpu: 8 },
    ],
    workerPools: ['big', 'small'],
  })
})

describe('says what was given and what is allowed', () => {
  test.each([
    [{ FLOWCTL_SLOTS: 'many' }, "FLOWCTL_SLOTS is 'many', but must be a whole number from 1 to 1024."],
    [{ FLOWCTL_SLOTS: '0' }, "FLOWCTL_SLOTS is '0', but must be a whole number from 1 to 1024."],
    [{ FLOWCTL_PORT: '70000' }, "FLOWCTL_PORT is '70000', but must be a whole number from 0 to 65535."],
    [{ FLOWCTL_GRACE: '-1' }, "FLOWCTL_GRACE is '-1', but must be a number of seconds, 0 or more."],
    [
      { FLOWCTL_LOG_LEVEL: 'loud' },
      "FLOWCTL_LOG_LEVEL is 'loud', but must be one of debug, info, warn, error, silent.",
    ],
    [{ FLOWCTL_S3_ENDPOINT: 'minio:9000' }, "FLOWCTL_S3_ENDPOINT is 'minio:9000', but must be an address such as"],
    [{ FLOWCTL_POOLS: 'gpu' }, "FLOWCTL_POOLS is 'gpu', but must be pools by name"],
    [{ FLOWCTL_POOLS: '{"a b":{}}' }, "pool a b of FLOWCTL_POOLS is 'a b', but must be named with letters"],
    [
      { FLOWCTL_POOLS: '{"gpu":{"gpus":1}}' },
      'pool gpu of FLOWCTL_POOLS is {"gpus":1}, but must be made of cpu, memory, gpu',
    ],
    [{ FLOWCTL_POOLS: '{"gpu":{"gpu":"one"}}' }, "gpu of pool gpu of FLOWCTL_POOLS is 'one', but must be a number"],
    [
      { FLOWCTL_WORKER_POOLS: 'gpu' },
      "FLOWCTL_WORKER_POOLS is 'gpu', but must be made of the pools that are configured: default.",
    ],
  ] as [Record<string, string>, string][])('%o', async (environment, message) => {
    const [problem, ...others] = await problems(read(environment))
    expect(others).toEqual([])
    expect(problem?.code).toBe('SETTING_INVALID')
    expect(problem?.message).toContain(message)
  })

  test('of an option', async () => {
    expect((await problems(read({}, { slots: 'x' })))[0]?.message).toContain("--slots is 'x'")
    expect((await problems(read({}, { workerPools: '' })))[0]?.message).toContain("--pools is ''")
  })

  test('all problems at once, those of the file with its name', async () => {
    write('flowctl.config.yaml', 'slots: 1.5\nredisURL: redis://x\ngrace: soon\n')
    const found = await problems(read({ FLOWCTL_SHARDS: '0' }))
    expect(found.map((one) => one.code)).toEqual([
      'SETTING_UNKNOWN',
      'SETTING_INVALID',
      'SETTING_INVALID',
      'SETTING_INVALID',
    ])
    expect(found[0]?.message).toBe(
      `${join(folder, 'flowctl.config.yaml')} sets 'redisURL', which is no setting. Did you mean redisUrl?`,
    )
    expect(found[0]?.fix).toContain('redisUrl, redisNamespace, shards')
    expect(found.map((one) => one.message).join('\n')).toContain(
      `slots in ${join(folder, 'flowctl.config.yaml')} is 1.5`,
    )
  })
})

describe('a file that cannot be read', () => {
  const message = async (environment: Record<string, string> = {}): Promise<string> => {
    const [problem] = await problems(read(environment))
    expect(problem?.code).toBe('CONFIG_FILE_UNREADABLE')
    return problem?.message ?? ''
  }

  test('is not there', async () => {
    expect(await message({ FLOWCTL_CONFIG: 'nowhere.json' })).toContain(
      'nowhere.json cannot be read: there is no such file',
    )
  })

  test('is of an unknown kind', async () => {
    write('settings.ini', 'slots=3')
    expect(await message({ FLOWCTL_CONFIG: 'settings.ini' })).toContain('its name must end in one of .json')
  })

  test('is not valid YAML', async () => {
    write('flowctl.config.yaml', 'slots: [3\npools: 4\n')
    expect(await message()).toMatch(/flowctl\.config\.yaml cannot be read: \S/)
  })

  test('is not valid JSON: the message says where', async () => {
    write('flowctl.config.jsonc', '{\n  // two\n  "slots": 2,,\n}')
    expect(await message()).toContain('flowctl.config.jsonc cannot be read: it is not valid JSON at line 3, column 14')
  })

  test.each([
    ['flowctl.config.json', '{ "slots": 2'],
    ['flowctl.config.toml', 'slots = [2'],
    ['flowctl.config.ts', 'export default {'],
    ['flowctl.config.cjs', 'module.exports = () => { throw new Error("not now") }'],
  ])('is broken: %s %j', async (name, text) => {
    write(name, text)
    expect(await message()).toMatch(/flowctl\.config\.\w+ cannot be read: \S/)
  })

  test('throws while it is loaded', async () => {
    write('flowctl.config.mjs', 'throw new Error("no settings today")')
    expect(await message()).toContain('no settings today')
  })

  test.each([
    ['flowctl.config.yaml', '- 1\n- 2\n'],
    ['flowctl.config.yaml', '7\n'],
    ['flowctl.config.json', '[1]'],
    ['flowctl.config.json', 'null'],
    ['flowctl.config.mjs', 'export default 7'],
    ['flowctl.config.ts', 'export default [1 as number]'],
  ])('holds no object: %s %j', async (name, text) => {
    write(name, text)
    expect(await message()).toContain('one object with the settings')
  })
})

test('variables are named after the settings', () => {
  expect(['slots', 'redisUrl', 's3Endpoint', 'workerPools'].map(variableOf)).toEqual([
    'FLOWCTL_SLOTS',
    'FLOWCTL_REDIS_URL',
    'FLOWCTL_S3_ENDPOINT',
    'FLOWCTL_WORKER_POOLS',
  ])
})
