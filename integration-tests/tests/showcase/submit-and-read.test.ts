import { join } from 'node:path'
import { fileStore } from '@flowctl/datastore'
import { configureClient, Flow } from 'flowctl'
import { expect, test } from 'vitest'
import { Project } from '../../../packages/cli/tests/support/project.ts'
import { missingRedis } from '@flowctl/test-support/servers/redis'
import { Going } from '../services/shared-project.ts'
import { flowFile } from './shared-compute.ts'

const CLASSIFIER = flowFile('../../../examples/classifier-train.ts')

// tests/services compares all artifacts of the two, as `dump` shows them.
test.skipIf(missingRedis() !== undefined)(
  'up, submit --follow of classifier-train.ts from a second shell: the scores of run; then the client reads them',
  async () => {
    const project = new Project()
    const up = new Going(project, ['up', '--slots', '2', '--grace', '1'])
    try {
      await up.said(/is up\./)
      const scoresOf = async (verb: string[]): Promise<string[]> => {
        const { code, stdout } = await project.flowctl(...verb)
        expect(code).toBe(0)
        return [...stdout.matchAll(/(?:KNN|RandomForestClassifier) \d\.\d{6}$/gm)].map(([line]) => line)
      }
      const submitted = await scoresOf(['submit', CLASSIFIER, '--follow'])
      configureClient({ datastore: fileStore(join(project.folder, '.flowctl')), namespace: null })
      const read = await (await Flow.open('ClassifierTrainFlow')).latestSuccessfulRun()
      expect(read?.systemTags).toContain('runtime:bullmq')
      const data = (await (await read?.endTask())?.get('ranking')) as { name: string; score: number }[]
      expect(data.map(({ name, score }) => `${name} ${score.toFixed(6)}`)).toEqual(submitted)
      expect(submitted).toHaveLength(2)
      expect(await scoresOf(['run', CLASSIFIER])).toEqual(submitted)
      console.log(`classifier-train.ts, submit --follow, run and the client: ${submitted.join(', ')}`)
    } finally {
      await up.stop('SIGINT')
      project.remove()
    }
  },
)
