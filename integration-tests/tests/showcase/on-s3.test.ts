import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ObjectStore } from '@flowctl/core'
import { ArtifactStore, fileStore, RunReader, RunStore } from '@flowctl/datastore'
import { missingRedis } from '@flowctl/test-support/servers/redis'
import { s3Server, type S3Server } from '@flowctl/test-support/servers/s3'
import { openOn } from '../s3/open.ts'
import { flowFile, SharedCompute } from './shared-compute.ts'

const FLOWS = [
  ['ForeachFlow', 'foreach'],
  ['RetriesFlow', 'retries'],
] as const

let s3: S3Server | undefined
let url: string
let compute: SharedCompute
beforeAll(async () => {
  s3 = missingRedis() === undefined ? await s3Server() : undefined
  if (s3 === undefined) return
  url = s3.newUrl()
  compute = await SharedCompute.open({}, { more: { ...s3.env, FLOWCTL_DATASTORE: url } })
  await compute.start(['coordinator'])
  await compute.start(['worker', '--slots', '2', '--grace', '1'])
})
afterAll(() => compute?.close())

test.for(FLOWS)(
  '%s on the queue with S3 gives the artifacts that it gives in memory',
  async ([flow, name], { skip }) => {
    if (s3 === undefined) return skip()
    const file = flowFile(`../conformance/flows/${name}.ts`)
    const before = Date.now()
    const submitted = await compute.flowctl('submit', file, '--follow')
    expect([submitted.code, submitted.stdout]).toEqual([0, expect.stringContaining(`Done! Run ${flow}/`)])
    const ms = Date.now() - before
    const local = join(compute.project.folder, 'memory')
    const run = await compute.project.with({ FLOWCTL_DATASTORE: local }, 'run', file)
    expect([run.code, run.stdout]).toEqual([0, expect.stringContaining(`Done! Run ${flow}/`)])

    const there = await artifactsOf(await openOn(s3, url), flow, submitted.stdout)
    expect(there).toEqual(await artifactsOf(fileStore(local), flow, run.stdout))
    const values = Object.values(there).reduce((sum, names) => sum + Object.keys(names).length, 0)
    console.log(
      `${flow} through coordinator and worker on ${url}: ${Object.keys(there).length} tasks, ${values} artifacts, ` +
        `the same as in memory; submit --follow took ${ms} ms`,
    )
  },
)

/** Task to outcome, attempt and the values of its artifacts; of errors, what does not name places in files. */
async function artifactsOf(objects: ObjectStore, flow: string, output: string): Promise<Record<string, object>> {
  const [, run = ''] = new RegExp(`Done! Run ${flow}/(\\S+)`).exec(output) ?? []
  const store = new RunStore(objects, flow, run)
  const record = await store.read()
  if (record === undefined) throw new Error(`no run in: ${output}`)
  const reader = new RunReader(store, record.graph)
  const artifacts = new ArtifactStore(objects, flow)
  const found: Record<string, object> = {}
  for (const step of Object.keys(record.graph.steps)) {
    for await (const { task, outcome, attempt, artifacts: refs } of reader.tasks(step)) {
      const values: Record<string, unknown> = { outcome, attempt }
      for (const [name, ref] of Object.entries(refs)) {
        const value = await artifacts.load(ref)
        values[name] = name === 'failure' ? ((value as Error | null)?.message ?? null) : value
      }
      found[`${step}/${task}`] = values
    }
  }
  return found
}
