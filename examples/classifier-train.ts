import { FlowSpec, type Inputs, Parameter, step } from 'flowctl'
import { penguins, split, type TrainTest } from './ml/dataset.ts'
import { accuracy, type Classifier, KNN, RandomForestClassifier } from './ml/models.ts'

/** Train two classifiers side by side and keep the better one. */
export default class ClassifierTrainFlow extends FlowSpec {
  trees = Parameter.integer({ help: 'Trees in the forest', default: 50 })

  data!: TrainTest
  model!: Classifier
  score!: number
  ranking!: { name: string; score: number }[]

  /** Load the penguins; hold out a part for the test. */
  @step start() {
    this.data = split(penguins())
    console.log(
      'Training with',
      this.data.train.labels.length,
      'penguins of',
      this.data.train.classes.length,
      'species',
    )
    this.next(this.trainKnn, this.trainForest)
  }

  /** Nearest neighbours. */
  @step trainKnn() {
    const { train, test } = this.data
    this.model = new KNN(train.features, train.labels, { k: 5 })
    this.score = accuracy(this.model, test)
    this.next(this.chooseModel)
  }

  /** A random forest; the seed makes it the same forest every time. */
  @step trainForest() {
    const { train, test } = this.data
    const forest = new RandomForestClassifier({ nEstimators: this.trees, maxFeatures: 2, seed: 42, noOOB: true })
    forest.train(train.features, train.labels)
    this.model = forest
    this.score = accuracy(this.model, test)
    this.next(this.chooseModel)
  }

  /** Rank the models by their score on the held-out penguins and keep the first. */
  @step chooseModel(inputs: Inputs<this>) {
    const ranked = [...inputs].sort((a, b) => b.score - a.score)
    this.ranking = ranked.map(({ model, score }) => ({ name: model.constructor.name, score }))
    this.model = ranked[0].model
    this.mergeArtifacts(inputs, { include: ['data'] })
    this.next(this.end)
  }

  /** The better model is the artifact `model` of this step. */
  @step end() {
    console.log('Scores:')
    for (const { name, score } of this.ranking) console.log(name, score.toFixed(6))
  }
}
