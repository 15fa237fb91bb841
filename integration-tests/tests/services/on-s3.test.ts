import { afterAll, beforeAll, expect, test } from 'vitest'
import { DIVIDE } from '../../../packages/cli/tests/support/flows.ts'
import { Project } from '../../../packages/cli/tests/support/project.ts'
import { missingRedis } from '@flowctl/test-support/servers/redis'
import { s3Server, type S3Server } from '@flowctl/test-support/servers/s3'
import { Going } from './shared-project.ts'

let s3: S3Server | undefined
let project: Project
beforeAll(async () => {
  s3 = missingRedis() === undefined ? await s3Server() : undefined
  project = new Project({ 'divide.ts': DIVIDE })
})
afterAll(() => project.remove())

test('other shells learn from up where the bucket is; secrets stay out of its lines', async ({ skip }) => {
  if (s3 === undefined) return skip()
  const { FLOWCTL_S3_ENDPOINT: endpoint = '', ...keys } = s3.env
  const url = s3.newUrl()
  const words = ['up', '--slots', '2', '--grace', '1', '--datastore', url]
  const up = new Going(project, words, { ...keys, FLOWCTL_S3_ENDPOINT: endpoint })
  try {
    await up.said(/is up\./)
    const run = await project.with(keys, 'submit', 'divide.ts', '--follow')
    expect([run.code, run.stderr]).toEqual([0, ''])
    expect(run.stdout).toContain(`with datastore ${url}`)
    const dump = await project.with(keys, 'dump', 'DivideFlow')
    expect(dump.stdout).toContain('results')
    expect(up.text).toContain(`datastore=${url}`)
    expect(up.text).not.toContain(keys['AWS_SECRET_ACCESS_KEY'])
  } finally {
    await up.stop('SIGINT')
  }
})
