import { registerSerializer } from 'flowctl'
import KNN from 'ml-knn'
import { RandomForestClassifier } from 'ml-random-forest'
import type { Dataset } from './dataset.ts'

/** What the flows need of a trained model. */
export interface Classifier {
  predict(rows: number[][]): number[]
}

// These classes are not ours, so each is told once how its instances are stored and read back. Both libraries write a model
// as JSON text, whatever objects it is made of.
registerSerializer(KNN, {
  write: (model: KNN) => JSON.stringify(model),
  read: (text) => KNN.load(JSON.parse(text)),
})
registerSerializer(RandomForestClassifier, {
  write: (model: RandomForestClassifier) => JSON.stringify(model),
  read: (text) => RandomForestClassifier.load(JSON.parse(text)),
})

/** The share of the rows that the model puts into the right class, 0 to 1. */
export function accuracy(model: Classifier, { features, labels }: Dataset): number {
  const right = model.predict(features).filter((label, i) => label === labels[i])
  return right.length / labels.length
}

export { KNN, RandomForestClassifier }
