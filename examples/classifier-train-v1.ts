import { FlowSpec, step } from 'flowctl'
import { irises, split, type TrainTest } from './ml/dataset.ts'
import { accuracy, KNN } from './ml/models.ts'

/** Train one model and keep it as an artifact. */
export default class ClassifierTrainV1Flow extends FlowSpec {
  data!: TrainTest
  model!: KNN
  score!: number

  /** Load the irises; hold out a part for the test. */
  @step start() {
    this.data = split(irises())
    console.log('Training with', this.data.train.labels.length, 'flowers')
    this.next(this.trainModel)
  }

  /** A nearest-neighbours classifier. */
  @step trainModel() {
    this.model = new KNN(this.data.train.features, this.data.train.labels, { k: 5 })
    this.score = accuracy(this.model, this.data.test)
    this.next(this.end)
  }

  /** The model is now in the datastore. */
  @step end() {
    console.log('Trained a', this.model.constructor.name, 'that is right in', `${(this.score * 100).toFixed(1)} %`)
  }
}
