import { FlowSpec, step, type Inputs } from 'flowctl'

/** A split inside a split; the joins see their branches by name and in order, and merge what agrees. */
export default class BranchesFlow extends FlowSpec {
  common!: string
  name!: string
  inner!: string[]
  outer!: string[]
  counts!: number[]

  @step start() {
    this.common = 'kept'
    this.next(this.left, this.right)
  }

  @step left() {
    this.name = 'left'
    this.next(this.upper, this.lower)
  }

  @step upper() {
    this.name = `${this.name}-upper`
    this.next(this.meet)
  }

  @step lower() {
    this.name = `${this.name}-lower`
    this.next(this.meet)
  }

  @step meet(inputs: Inputs<this>) {
    this.inner = [inputs.upper.name, inputs.lower.name]
    this.mergeArtifacts(inputs, { exclude: ['name'] })
    this.next(this.join)
  }

  @step right() {
    this.inner = ['right']
    this.next(this.join)
  }

  @step join(inputs: Inputs<this>) {
    this.outer = inputs.map((input) => input.inner.join('+'))
    this.counts = [inputs.length, inputs.meet === undefined ? 0 : 1]
    this.mergeArtifacts(inputs, { include: ['common'] })
    this.next(this.end)
  }

  @step end() {}
}
