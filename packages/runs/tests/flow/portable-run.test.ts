import { cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installExternals, materialise, unpackCode } from '@flowctl/compiler'
import { layout, type ArtifactMap, type ObjectStore, type RunRecord } from '@flowctl/core'
import { ArtifactStore, fileStore, RunReader, RunStore } from '@flowctl/datastore'
import { ProcessPool, startMemoryRun } from '@flowctl/engine'
import { expect, onTestFinished, test } from 'vitest'
import { openFlow } from '../../src/flow/open-flow.ts'
import type { OpenOptions } from '../../src/flow/opened-flow.ts'

const REPOSITORY = fileURLToPath(new URL('../../../..', import.meta.url))
const API = new URL('../../../cli/dist/bundle/index.js', import.meta.url).href
const TASK_PROCESS = new URL('../../../cli/dist/bundle/task-process.js', import.meta.url)

function temporaryFolder(name: string): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), `flowctl-${name}-`)))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function opening(folder: string): OpenOptions & { readonly store: ObjectStore } {
  return {
    store: fileStore(join(folder, 'store')),
    cacheDir: join(folder, 'cache'),
    api: API,
    env: { PATH: process.env['PATH'] },
    maxWorkers: 1,
    taskProcess: TASK_PROCESS,
  }
}

async function artifactsOfEnd(store: ObjectStore, { flow, run, graph }: RunRecord): Promise<Record<string, unknown>> {
  const task = await new RunReader(new RunStore(store, flow, run), graph).task('end', '0')
  const artifacts: ArtifactMap = task?.artifacts ?? {}
  const saved = new ArtifactStore(store, flow)
  const names = ['ranking', 'score'].filter((name) => name in artifacts)
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await saved.load(artifacts[name] as never)])),
  )
}

test('a flow with packages gives the same far from its project as in it', async () => {
  const folder = temporaryFolder('portable')
  const project = join(folder, 'project')
  cpSync(join(REPOSITORY, 'examples'), project, { recursive: true, filter: (path) => !path.includes('node_modules') })
  symlinkSync(join(REPOSITORY, 'node_modules'), join(project, 'node_modules'))
  const file = join(project, 'classifier-train.ts')
  const options = opening(folder)
  const { store } = options
  const request = { parameters: { trees: { text: '5', source: '--trees' } }, user: 'ada' }

  const linked = await openFlow(file, options)
  const there = await linked.run(request)
  expect((await there.ended).status).toBe('succeeded')
  await linked.close()
  expect(linked.notes).toEqual([])

  const bundled = await openFlow(file, { ...options, packages: 'bundle' })
  expect(bundled.notes).toEqual([expect.stringMatching(/^vega-datasets .* code asks where its files are\.$/)])
  const { record, tags } = await bundled.prepare(request)
  await bundled.close()
  const stored = await store.get(layout.codeKey(record.flow, record.code.hash))
  const bytes = stored?.bytes as Uint8Array

  // Another machine: its packages come from what is pinned alone, and the project is gone.
  const machine = temporaryFolder('machine')
  const code = unpackCode(bytes)
  const installed = await installExternals(code, { cacheDir: machine, env: {}, project, npm: ['/no/such/npm'] })
  rmSync(project, { recursive: true })
  const bundle = await materialise(bytes, { cacheDir: machine, project, packages: [installed as string] })
  const pool = new ProcessPool({
    size: 1,
    entry: TASK_PROCESS,
    load: { bundle, className: record.flow, api: API, datastore: store.url },
    env: options.env,
  })
  onTestFinished(() => pool.close())
  const here = await startMemoryRun({
    objects: store,
    record,
    tags,
    pool,
    now: Date.now,
    nonce: () => String(Math.random()).slice(2, 10),
    onEvent: () => {},
  })
  expect((await here.ended).status).toBe('succeeded')
  const result = await artifactsOfEnd(store, record)
  expect(Object.keys(result)).toContain('ranking')
  expect(result).toEqual(await artifactsOfEnd(store, there.record))
})

test('a code package is sent once, and editing the file afterwards does not change it', async () => {
  const folder = temporaryFolder('once')
  const file = join(folder, 'flow.ts')
  const text = `import { FlowSpec, step } from 'flowctl'
export default class Once extends FlowSpec {
  @step start() { this.next(this.end) }
  @step end() { console.log('first') }
}`
  writeFileSync(file, text)
  const options = opening(folder)
  const sent: string[] = []
  const { store } = options
  const putIfAbsent = store.putIfAbsent.bind(store)
  store.putIfAbsent = async (key, body) => {
    if (key.includes('/code/')) sent.push(key)
    return putIfAbsent(key, body)
  }
  const prepare = async (): Promise<RunRecord> => {
    const flow = await openFlow(file, { ...options, packages: 'bundle' })
    try {
      return (await flow.prepare({ user: 'ada' })).record
    } finally {
      await flow.close()
    }
  }
  const one = await prepare()
  const two = await prepare()
  expect(two.code.hash).toBe(one.code.hash)
  expect(sent).toEqual([layout.codeKey('Once', one.code.hash)])
  writeFileSync(file, text.replace('first', 'second'))
  const three = await prepare()
  expect(three.code.hash).not.toBe(one.code.hash)
  expect(sent).toHaveLength(2)
  const kept = await store.get(sent[0] as string)
  expect(Buffer.from(kept?.bytes as Uint8Array).toString()).toContain('first')
})
