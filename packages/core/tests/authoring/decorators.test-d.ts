import {
  catchError,
  concurrent,
  environment,
  FlowSpec,
  resources,
  retry,
  step,
  timeout,
  type Inputs,
} from '@flowctl/core'
import { test } from 'vitest'

test('decorators stand before steps', () => {
  class Fine extends FlowSpec {
    @step({ start: true }) first() {}
    @step() second() {}
    @retry @step third() {}
    @retry() @step fourth() {}
    @step @retry({ times: 2, minutesBetweenRetries: 0.5, backoff: 2 }) async fifth() {
      await Promise.resolve()
    }
    @catchError @step sixth() {}
    @catchError({ var: 'failure' }) @timeout({ minutes: 5 }) @step seventh(inputs: Inputs<this>) {
      this.mergeArtifacts(inputs)
    }
    @resources({ cpu: 2, memory: 4096, gpu: 1, pool: 'gpu' }) @step eighth() {}
    @concurrent(50) @step async tenth() {
      await Promise.resolve()
    }
    @concurrent({ tasks: 50 }) @step eleventh() {}
    @environment({ vars: { LANG: 'C' } }) @step({ end: true }) ninth() {}
  }
  void Fine
})

test('mistakes do not compile', () => {
  class Wrong extends FlowSpec {
    // @ts-expect-error -- a field is no step
    @step field = 1
    // @ts-expect-error -- a step returns nothing
    @step returns() {
      return 5
    }
    // @ts-expect-error -- a step takes its inputs at most
    @step takesTwo(inputs: Inputs<this>, more: number) {
      return void [inputs, more]
    }
    // @ts-expect-error -- an accessor is no step
    @step get accessor() {
      return 1
    }
    // @ts-expect-error -- no such option
    @step({ first: true }) option() {}
    // @ts-expect-error -- of another type
    @retry({ times: '3' }) @step type() {}
    // @ts-expect-error -- no such option
    @retry({ time: 3 }) @step typo() {}
    // @ts-expect-error -- a timeout says how long
    @timeout @step bare() {}
    // @ts-expect-error -- vars are needed
    @environment({}) @step empty() {}
    // @ts-expect-error -- how many is to be said
    @concurrent @step many() {}
    // @ts-expect-error -- a number
    @concurrent('50') @step text() {}
    // @ts-expect-error -- variables are strings
    @environment({ vars: { N: 1 } }) @step variables() {}
  }
  void Wrong
  // @ts-expect-error -- a class is no step
  @step
  class Decorated extends FlowSpec {}
  void Decorated
})
