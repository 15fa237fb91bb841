import { describeFlow, FlowSpec, Parameter, retry, step, type Inputs } from '@flowctl/core'
import { expect, test } from 'vitest'

class Train extends FlowSpec<number> {
  trees = Parameter.integer({ default: 50, help: 'Trees in the forest' })
  double = this.trees * 2
  rates!: number[]
  score!: number
  @step start() {
    this.next(this.fit, { foreach: 'rates' })
  }
  @retry({ times: 2 }) @step fit() {
    this.score = this.input
    this.next(this.choose)
  }
  @step @retry choose(inputs: Inputs<this>) {
    this.score = Math.max(...inputs.map((input) => input.score))
    this.next(this.end)
  }
  @step end() {}
}

test('a flow is described', () => {
  expect(describeFlow(Train)).toEqual({
    flow: 'Train',
    steps: [
      { name: 'start', start: false, end: false, decorators: {} },
      {
        name: 'fit',
        start: false,
        end: false,
        decorators: { retry: { times: 2, minutesBetweenRetries: 0, backoff: 1 } },
      },
      {
        name: 'choose',
        start: false,
        end: false,
        decorators: { retry: { times: 3, minutesBetweenRetries: 0, backoff: 1 } },
      },
      { name: 'end', start: false, end: false, decorators: {} },
    ],
    parameters: [
      {
        field: 'trees',
        option: 'trees',
        variable: 'FLOWCTL_RUN_TREES',
        kind: 'integer',
        help: 'Trees in the forest',
        required: false,
        defaultText: '50',
      },
    ],
  })
})
