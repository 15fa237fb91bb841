import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Artifact, configureClient, Flow } from 'flowctl'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { s3Server, type S3Server } from '@flowctl/test-support/servers/s3'
import { openOn } from './open.ts'

const found = await s3Server()
const server = found as S3Server
const inRepository = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))
const FLOW = fileURLToPath(new URL('flows/wide-values.ts', import.meta.url))

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowctl-s3-run-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function flowctl(url: string, env: Record<string, string>, ...words: string[]) {
  const given = { ...process.env, ...server.env, FLOWCTL_DATASTORE: url, FLOWCTL_CACHE: join(folder, 'cache'), ...env }
  const command = [inRepository('packages/cli/bin/flowctl.js'), ...words]
  return promisify(execFile)(process.execPath, command, { env: given, cwd: folder }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  )
}

describe.skipIf(found === undefined)('runs that are kept on S3', () => {
  test('a flow with large artifacts, a foreach and a join: run, list, logs, dump, client', async () => {
    const url = server.newUrl()
    const run = await flowctl(url, {}, 'run', FLOW)
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout).toContain('Done!')

    configureClient({ datastore: await openOn(server, url), namespace: null })
    const latest = await (await Flow.open('WideValuesFlow')).latestRun()
    const pathspec = latest?.pathspec ?? ''
    expect(latest?.status).toBe('succeeded')
    const artifact = await Artifact.open(`${pathspec}/end/0/sums`)
    expect(await artifact.value()).toEqual([0, 3_000_000, 6_000_000])

    expect((await flowctl(url, {}, 'list', 'runs', 'WideValuesFlow')).stdout).toContain('succeeded')
    expect((await flowctl(url, {}, 'logs', `${pathspec}/join`)).stdout).toContain('read 3 inputs')
    expect((await flowctl(url, {}, 'dump', `${pathspec}/end`)).stdout).toContain('sums')
  })

  test('a failed run is resumed on S3', async () => {
    const url = server.newUrl()
    const failed = await flowctl(url, { FAIL_AT: 'join' }, 'run', FLOW)
    expect(failed.code).toBe(1)
    expect(failed.stdout + failed.stderr).toContain('told to fail')
    const resumed = await flowctl(url, {}, 'resume', FLOW)
    expect(resumed).toMatchObject({ code: 0 })
    expect(resumed.stdout).toContain('Done!')
    expect(resumed.stdout).not.toContain('/measure/0.0 (pid')
  })

  test('nothing is run when the bucket is not there', async () => {
    const before = performance.now()
    const refused = await flowctl('s3://no-such-bucket/x', {}, 'run', FLOW)
    expect(refused).toMatchObject({ code: 2, stdout: '' })
    expect(refused.stderr).toMatch(
      /^Error \[DATASTORE_S3_NO_BUCKET\]: There is no bucket 'no-such-bucket' at http.*\nFix: /,
    )
    expect(performance.now() - before).toBeLessThan(30_000)
  })

  test('the client finds its way with the environment alone', async () => {
    const url = server.newUrl()
    await flowctl(url, {}, 'run', inRepository('examples/hello-world.ts'))
    const script = `
      import { listFlows } from ${JSON.stringify(new URL('../../../packages/cli/dist/bundle/index.js', import.meta.url).href)}
      console.log(await listFlows())`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, ...server.env, FLOWCTL_DATASTORE: url },
    })
    expect(stdout).toContain('HelloWorldFlow')
  })
})
