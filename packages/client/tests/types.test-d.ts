import { describe, expectTypeOf, test } from 'vitest'
import { Artifact, Flow, Run, Task, type ArtifactName, type RunStatus } from '../src/index.ts'

class TrainFlow {
  trees = 50
  model!: { k: number }
  score?: number
  start(): void {}
  chooseModel(_inputs: readonly TrainFlow[]): void {}
}

describe('with the class of the flow', () => {
  test('artifacts have the types of its fields', async () => {
    const run = await Run.open<TrainFlow>('TrainFlow/1')
    expectTypeOf(await run.get('model')).toEqualTypeOf<{ k: number }>()
    const task = await run.task('start')
    expectTypeOf(await task.get('trees')).toEqualTypeOf<number>()
    expectTypeOf(await task.get('score')).toEqualTypeOf<number | undefined>()
    expectTypeOf((await task.data()).model).toEqualTypeOf<{ k: number } | undefined>()
    expectTypeOf<ArtifactName<TrainFlow>>().toEqualTypeOf<'trees' | 'model' | 'score'>()
  })

  test('the type goes along with the objects', async () => {
    const flow = await Flow.open<TrainFlow>('TrainFlow')
    for await (const run of flow) {
      for await (const step of run) {
        for await (const task of step) expectTypeOf(task).toEqualTypeOf<Task<TrainFlow>>()
      }
    }
    for await (const child of (await (await flow.run('1')).task('start')).children()) {
      expectTypeOf(await child.get('trees')).toEqualTypeOf<number>()
    }
  })
})

describe('without it', () => {
  test('a reader says what it expects', async () => {
    const task = await Task.open('TrainFlow/1/start/0')
    expectTypeOf(await task.get('score')).toBeUnknown()
    expectTypeOf(await task.get<number>('score')).toBeNumber()
    expectTypeOf((await task.data())['score']).toBeUnknown()
    expectTypeOf(await (await Artifact.open<string>('F/1/s/0/x')).value()).toBeString()
    expectTypeOf((await Run.open('F/1')).status).toEqualTypeOf<RunStatus>()
  })
})
