import { cp } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { examples, Project } from './project.ts'

describe.concurrent('classifiers', () => {
  it('v1 trains a model, and another flow uses it', async ({ expect }) => {
    const project = await Project.create()
    const train = await project.flowctl(['run', 'classifier-train-v1.ts'])
    expect(train.said('end')).toEqual(['Trained a KNN that is right in 96.7 %'])
    const predict = await project.flowctl(['run', 'classifier-predict-v1.ts'])
    expect(predict.exit).toBe(0)
    expect(predict.said('start')).toEqual(['Class: virginica'])
    const { pathspec } = await project.latestRun('ClassifierTrainV1Flow')
    expect(await project.artifact('ClassifierPredictV1Flow', 'end', 'trainRun')).toBe(pathspec)
  })

  it('trains two models in parallel, keeps the better one, and predicts with it', async ({ expect }) => {
    const project = await Project.create()
    const train = await project.flowctl(['run', 'classifier-train.ts'])
    expect(train.said('end')).toEqual(['Scores:', 'RandomForestClassifier 0.898551', 'KNN 0.739130'])
    const predict = await project.flowctl(['run', 'classifier-predict.ts', '--vector', '[39.1, 18.7, 181, 3750]'])
    expect(predict.said('end')).toEqual(['Predicted class Adelie'])
    const other = await project.flowctl(['run', 'classifier-predict.ts', '--vector', '[50, 15.2, 218, 5700]'])
    expect(other.said('end')).toEqual(['Predicted class Gentoo'])
  })

  it('gives the model back as an instance of its class', async ({ expect }) => {
    const project = await Project.create()
    await project.flowctl(['run', 'classifier-train.ts', '--trees', '5'])
    const { KNN } = await import('../ml/models.ts')
    expect(await project.artifact('ClassifierTrainFlow', 'trainKnn', 'model')).toBeInstanceOf(KNN)
  })

  it('says what to do when nothing was trained yet', async ({ expect }) => {
    const project = await Project.create()
    const predict = await project.flowctl(['run', 'classifier-predict.ts'])
    expect(predict.exit).toBe(1)
    expect(predict.output).toContain('ClassifierTrainFlow')
  })
})

describe('a bug in one branch', () => {
  it('is found in the log and the artifacts, fixed, and the run resumed', async () => {
    const project = await Project.create()

    // The forest is asked to look at five of four measurements.
    await project.edit('classifier-train.ts', 'maxFeatures: 2', 'maxFeatures: 5')
    const failed = await project.flowctl(['run', 'classifier-train.ts'])
    expect(failed.exit).toBe(1)
    expect(failed.output).toMatch(/First failure: step trainForest/)
    expect(failed.output).toContain('The maxFeatures parameter should be less than 4')
    expect(failed.output).toMatch(/classifier-train\.ts:\d+/)
    expect(failed.output).toContain('flowctl resume classifier-train.ts')

    // The client finds the failed task, its error, and what the other branch left.
    const run = await project.latestRun('ClassifierTrainFlow')
    expect([run.finished, run.successful]).toEqual([true, false])
    const task = await project.task('ClassifierTrainFlow', 'trainForest')
    expect(task.successful).toBe(false)
    expect(task.error?.message).toContain('should be less than 4')
    expect(await project.artifact('ClassifierTrainFlow', 'trainKnn', 'score')).toBeCloseTo(0.739, 3)
    const log = await project.flowctl(['logs', `${run.pathspec}/trainForest`, '--stderr'])
    expect(log.output).toContain('should be less than 4')

    // The fix, and the rest of the run.
    await cp(path.join(examples, 'classifier-train.ts'), path.join(project.folder, 'classifier-train.ts'))
    const resumed = await project.flowctl(['resume', 'classifier-train.ts'])
    expect(resumed.exit).toBe(0)
    expect(resumed.said('end')).toEqual(['Scores:', 'RandomForestClassifier 0.898551', 'KNN 0.739130'])
    // Nothing ran again that was done.
    expect(resumed.said('start')).toEqual([])
    expect(resumed.output).not.toMatch(/(start|trainKnn)\/0 \(pid/)
    expect(resumed.output).toMatch(/trainForest\/0 \(pid/)
    const again = await project.latestRun('ClassifierTrainFlow')
    expect(again.id).not.toBe(run.id)
    expect(again.successful).toBe(true)
    const reused = await project.task('ClassifierTrainFlow', 'trainKnn')
    expect((await reused.origin())?.pathspec).toBe(`${run.pathspec}/trainKnn/0`)
    expect(await (await project.task('ClassifierTrainFlow', 'trainForest')).adopted()).toBe(false)
  })
})
