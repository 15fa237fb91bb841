import { Flow, FlowSpec, Parameter, step } from 'flowctl'
import type ClassifierTrainFlow from './classifier-train.ts'
import type { Classifier } from './ml/models.ts'
import './ml/models.ts'

/** Classify a penguin with the best model so far. */
export default class ClassifierPredictFlow extends FlowSpec {
  vector = Parameter.json<number[]>({
    help: 'Beak length and depth in mm, flipper length in mm, body mass in g',
    default: [39.1, 18.7, 181, 3750],
  })

  trainRun!: string
  classes!: string[]
  model!: Classifier

  /** Load the model. Importing `ml/models.ts` tells flowctl how the classes of models are read. */
  @step async start() {
    const flow = await Flow.open<ClassifierTrainFlow>('ClassifierTrainFlow')
    const run = await flow.latestSuccessfulRun()
    if (run === undefined) throw new Error('No run of ClassifierTrainFlow has succeeded yet')
    this.trainRun = run.pathspec
    this.model = await run.get('model')
    this.classes = (await run.get('data')).train.classes
    this.next(this.end)
  }

  /** The model and its classes are artifacts of this run too: it says for itself what it used. */
  @step end() {
    const [label] = this.model.predict([this.vector])
    console.log('Predicted class', this.classes[label])
  }
}
