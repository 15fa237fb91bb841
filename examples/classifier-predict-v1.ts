import { Flow, FlowSpec, Parameter, step } from 'flowctl'
import type ClassifierTrainV1Flow from './classifier-train-v1.ts'
import type { KNN } from './ml/models.ts'
import './ml/models.ts'

/** Use the model that another flow trained. */
export default class ClassifierPredictV1Flow extends FlowSpec {
  vector = Parameter.json<number[]>({
    help: 'Sepal length and width, petal length and width',
    default: [6.3, 3.3, 6, 2.5],
  })

  trainRun!: string
  model!: KNN

  /** The newest run of the training flow has the model among the artifacts of its last step. */
  @step async start() {
    const flow = await Flow.open<ClassifierTrainV1Flow>('ClassifierTrainV1Flow')
    const run = await flow.latestRun()
    if (run === undefined) throw new Error('Run classifier-train-v1.ts first')
    this.trainRun = run.pathspec
    this.model = await run.get('model')
    const [label] = this.model.predict([this.vector])
    const { train } = await run.get('data')
    console.log('Class:', train.classes[label])
    this.next(this.end)
  }

  @step end() {}
}
