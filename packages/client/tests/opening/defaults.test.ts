import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { hostname, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { fileStore } from '@flowctl/datastore'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { graphOf } from '../../../datastore/tests/reading/small-graphs.ts'
import { defaultDatastore, defaultNamespace, defaultObserver, defaultUser } from '../../src/opening/defaults.ts'
import { RunWriter } from '../runs.ts'

let project: string
let below: string

beforeAll(async () => {
  project = await realpath(await mkdtemp(join(tmpdir(), 'flowctl-script-')))
  below = join(project, 'notebooks', 'deep')
  await mkdir(below, { recursive: true })
  const store = fileStore(join(project, '.flowctl'))
  const graph = graphOf({ start: 'end', end: null })
  const run = await new RunWriter(store, graph, { run: '1', systemTags: ['user:ada'] }).create()
  await run.end('failed')
  const newer = await new RunWriter(store, graph, {
    run: '2',
    systemTags: ['user:bob'],
    createdAt: Date.now() - 1_000_000,
    host: { name: hostname(), pid: 2 ** 22 + 1 },
  }).create()
  await newer.task('start', '0', { values: { rate: 0.25 } })
})
afterAll(() => rm(project, { recursive: true, force: true }))

async function look(
  cwd: string,
  environment: Record<string, string>,
  ...args: string[]
): Promise<Record<string, unknown>> {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
  const script = fileURLToPath(new URL('../fixtures/look.ts', import.meta.url))
  const { FLOWCTL_DATASTORE: _d, FLOWCTL_USER: _u, FLOWCTL_NAMESPACE: _n, ...usual } = process.env
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', tsx, '--conditions=@flowctl/source', script, ...args],
    { cwd, env: { ...usual, ...environment } },
  )
  return JSON.parse(stdout) as Record<string, unknown>
}

describe('a plain script', () => {
  test('finds the datastore from any folder below the project, and sees the runs of its user', async () => {
    expect(await look(below, { FLOWCTL_USER: 'ada' })).toEqual({
      namespace: 'user:ada',
      flows: ['SmallFlow'],
      latest: 'SmallFlow/1',
      latestOfAll: 'SmallFlow/2',
      status: 'interrupted',
      rate: 0.25,
    })
  })

  test('is told by the environment, or by what it configures, where to look', async () => {
    const elsewhere = dirname(project)
    const datastore = join(project, '.flowctl')
    const environment = { FLOWCTL_DATASTORE: datastore, FLOWCTL_NAMESPACE: '' }
    expect(await look(elsewhere, environment)).toMatchObject({ namespace: null, latest: 'SmallFlow/2' })
    const configured = await look(elsewhere, { FLOWCTL_NAMESPACE: 'user:bob' }, datastore)
    expect(configured).toMatchObject({ namespace: 'user:bob', latest: 'SmallFlow/2' })
  })

  test('is told which folders were searched in vain', async () => {
    const { error, details } = await look(tmpdir(), {})
    expect(error).toBe('DATASTORE_NOT_FOUND')
    const { searched } = details as { searched: string[] }
    expect([searched[0], searched.at(-1)]).toEqual([await realpath(tmpdir()), '/'])
  })
})

describe('defaults', () => {
  test('the environment comes before the folders', () => {
    expect(defaultDatastore({ FLOWCTL_DATASTORE: 's3://bucket/x' }, below)).toBe('s3://bucket/x')
    expect(defaultDatastore({ FLOWCTL_DATASTORE: '' }, below)).toBe(join(project, '.flowctl'))
  })

  test('the namespace is that of the user', () => {
    expect(defaultNamespace(undefined, { FLOWCTL_USER: 'eve' })).toBe('user:eve')
    expect(defaultNamespace('ada', { FLOWCTL_USER: 'eve' })).toBe('user:ada')
    expect(defaultNamespace('ada', { FLOWCTL_NAMESPACE: 'team' })).toBe('team')
    expect(defaultNamespace('ada', { FLOWCTL_NAMESPACE: '' })).toBeNull()
    expect(defaultUser({})).not.toBe('')
  })

  test('a living process is told from a dead one', () => {
    const { isAlive, host } = defaultObserver()
    expect([isAlive(process.pid), isAlive(1), isAlive(2 ** 22 + 1)]).toEqual([true, true, false])
    expect(host).toBe(hostname())
  })
})
