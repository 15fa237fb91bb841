import { FlowSpec, Parameter, step, type ForeachFrame, type Inputs } from '@flowctl/core'
import { expectTypeOf, test } from 'vitest'

interface Model {
  readonly weights: number[]
}

class ClassifierTrainFlow extends FlowSpec<string> {
  trees = Parameter.integer({ default: 50 })
  names!: string[]
  letters!: string
  byName!: Map<string, number>
  size!: 'small' | 'large'
  big!: boolean
  model!: Model
  score!: number

  @step start() {
    this.next(this.trainKnn, this.trainForest)
  }
  @step trainKnn() {
    this.model = { weights: [this.trees] }
    this.next(this.chooseModel)
  }
  @step async trainForest() {
    await Promise.resolve()
    this.next(this.chooseModel)
  }
  @step chooseModel(inputs: Inputs<this>) {
    const scores: number[] = inputs.map((input) => input.score)
    this.score = Math.max(...scores, ...inputs.map((input) => input.score))
    this.model = inputs.trainKnn.model
    const sorted = [...inputs].sort((a, b) => b.score - a.score)
    expectTypeOf(sorted[0]?.score).toEqualTypeOf<number | undefined>()
    expectTypeOf(inputs.length).toBeNumber()
    expectTypeOf(inputs[0]?.model).toEqualTypeOf<Model | undefined>()
    expectTypeOf(inputs.at(-1)?.score).toEqualTypeOf<number | undefined>()
    expectTypeOf(inputs.trainForest.score).toBeNumber()
    expectTypeOf(inputs.map((input) => input.score)).toEqualTypeOf<number[]>()
    expectTypeOf(inputs.map((input) => input.score).reduce((a, b) => a + b)).toBeNumber()
    expectTypeOf(inputs.reduce((sum, input) => sum + input.score, 0)).toBeNumber()
    expectTypeOf(inputs.filter((input) => input.score > 1).map((input) => input.model)).toEqualTypeOf<Model[]>()
    expectTypeOf(inputs.find((input) => input.score > 1)?.score).toEqualTypeOf<number | undefined>()
    expectTypeOf(inputs.some((input) => input.big)).toBeBoolean()
    expectTypeOf(inputs.every((input) => input.big)).toBeBoolean()
    for (const input of inputs) expectTypeOf(input.score).toBeNumber()
    for (const [index, input] of inputs.entries()) this.score = index + input.score
    inputs.forEach((input, index) => void (this.score = input.score + index))
    this.mergeArtifacts(inputs, { exclude: ['score'] })
    this.next(this.chooseSize)
  }
  @step chooseSize() {
    this.next({ small: this.each, large: this.end }, { condition: 'size' })
  }
  @step each() {
    this.next(this.one, { foreach: 'names' })
  }
  @step one() {
    expectTypeOf(this.input).toEqualTypeOf<string>()
    expectTypeOf(this.index).toEqualTypeOf<number | undefined>()
    expectTypeOf(this.foreachStack()).toEqualTypeOf<readonly ForeachFrame[]>()
    this.next(this.stream)
  }
  @step async stream(inputs: Inputs<this>) {
    for await (const input of inputs) expectTypeOf(input.score).toBeNumber()
    this.next(this.end)
  }
  @step end() {}

  everythingIterableIsFine() {
    this.next(this.one, { foreach: 'letters' })
    this.next(this.one, { foreach: 'byName' })
    this.next({ true: this.one, false: this.end }, { condition: 'big' })
  }

  mistakes(inputs: Inputs<this>) {
    // @ts-expect-error -- a typo in the field
    this.next(this.one, { foreach: 'itmes' })
    // @ts-expect-error -- not iterable
    this.next(this.one, { foreach: 'score' })
    // @ts-expect-error -- a typo in the option
    this.next(this.one, { forech: 'names' })
    // @ts-expect-error -- no such step
    this.next(this.nope)
    // @ts-expect-error -- a field is no step
    this.next(this.score)
    // @ts-expect-error -- no such condition
    this.next({ small: this.one, large: this.end }, { condition: 'sise' })
    // @ts-expect-error -- a case is a step
    this.next({ small: this.one, large: 'end' }, { condition: 'size' })
    // @ts-expect-error -- nothing to go to
    this.next()
    // @ts-expect-error -- no such artifact
    void inputs.trainKnn.modle
    // @ts-expect-error -- no such branch
    void inputs.trainKmm
    // @ts-expect-error -- inputs are fixed
    inputs[0] = this
    // @ts-expect-error -- so is their number
    inputs.length = 0
    // @ts-expect-error -- the item is given
    this.input = 'b'
    // @ts-expect-error -- of type string
    const item: number = this.input
    return item
  }
}

test('the transitions of a base class work in a flow that extends it', () => {
  class Base extends FlowSpec {
    items!: Set<number>
    @step start() {
      this.next(this.fit, { foreach: 'items' })
    }
    @step fit() {
      this.next(this.join)
    }
    @step join(inputs: Inputs<this>) {
      this.mergeArtifacts(inputs)
      this.next(this.end)
    }
    @step end() {}
  }
  class Derived extends Base {
    own!: number[]
    @step override fit() {
      this.next(this.again, { foreach: 'own' })
    }
    @step again() {
      super.fit()
    }
  }
  expectTypeOf<Derived>().toExtend<Base>()
  expectTypeOf<Base['input']>().toBeUnknown()
})

test('a flow may declare the type of its input instead', () => {
  class ByDeclaration extends FlowSpec {
    declare readonly input: string
    @step start() {
      expectTypeOf(this.input).toBeString()
    }
  }
  expectTypeOf<ByDeclaration>().toExtend<FlowSpec>()
})

test('the inputs of a flow, seen from outside', () => {
  expectTypeOf<Inputs<ClassifierTrainFlow>['trainKnn']>().toEqualTypeOf<ClassifierTrainFlow>()
  expectTypeOf<Inputs<ClassifierTrainFlow>['length']>().toBeNumber()
})
