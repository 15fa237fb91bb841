import {
  constructFlow,
  FLOW_MEMBERS,
  FlowSpec,
  isFlowClass,
  RUNTIME,
  step,
  type ForeachFrame,
  type MergeOptions,
  type TaskRuntime,
} from '@flowctl/core'
import { describe, expect, test } from 'vitest'
import { flowFrom } from './dialects.ts'
import { messagesOf } from './problems.ts'

class Flow extends FlowSpec<string> {
  names = ['a', 'b']
  size = 'small'
  @step start() {
    this.next(this.work, { foreach: 'names' })
  }
  @step work() {
    this.next(this.start, this.end)
  }
  @step end() {}
}

/** A runtime that writes down what it is asked. */
function recordingRuntime(): TaskRuntime & { readonly calls: unknown[][] } {
  const calls: unknown[][] = []
  const frames: readonly ForeachFrame[] = [{ index: 4, count: 9, value: 'cat' }]
  return {
    calls,
    next: (args: readonly unknown[]) => void calls.push(['next', ...args]),
    input: () => 'cat',
    index: () => 4,
    foreachStack: () => frames,
    mergeArtifacts: (inputs: unknown, options: MergeOptions) => void calls.push(['mergeArtifacts', inputs, options]),
  }
}

describe('the members of FlowSpec', () => {
  test('ask the runtime', () => {
    const flow = constructFlow(Flow, {}) as Flow
    const runtime = recordingRuntime()
    flow[RUNTIME] = runtime
    flow.start()
    flow.work()
    flow.next({ small: flow.work, large: flow.end }, { condition: 'size' })
    flow.mergeArtifacts([])
    flow.mergeArtifacts([flow], { exclude: ['names'] })
    expect(runtime.calls).toEqual([
      ['next', flow.work, { foreach: 'names' }],
      ['next', flow.start, flow.end],
      ['next', { small: flow.work, large: flow.end }, { condition: 'size' }],
      ['mergeArtifacts', [], {}],
      ['mergeArtifacts', [flow], { exclude: ['names'] }],
    ])
    expect([flow.input, flow.index]).toEqual(['cat', 4])
    expect(flow.foreachStack()).toEqual([{ index: 4, count: 9, value: 'cat' }])
  })

  test('say what is wrong on an instance that was made by hand', async () => {
    const flow = new Flow()
    const uses: Record<string, () => unknown> = {
      next: () => flow.start(),
      input: () => flow.input,
      index: () => flow.index,
      foreachStack: () => flow.foreachStack(),
      mergeArtifacts: () => flow.mergeArtifacts([]),
    }
    expect(Object.keys(uses)).toEqual([...FLOW_MEMBERS])
    for (const [member, use] of Object.entries(uses)) {
      expect(await messagesOf(use)).toEqual([
        `FLOW_NOT_RUNNING: this.${member} works in a running step only; this instance was made by hand, or is being constructed.`,
      ])
    }
  })

  test('are no fields of the instance', () => {
    expect(Object.keys(constructFlow(Flow, {}))).toEqual(['names', 'size'])
    const flow = constructFlow(Flow, {})
    flow[RUNTIME] = recordingRuntime()
    expect(() => Object.assign(flow, { input: 'dog' })).toThrow(TypeError)
  })

  test('answer also where a field without `declare` gives the type of the input', async () => {
    for (const dialect of ['standard', 'legacy'] as const) {
      const flow = constructFlow(
        await flowFrom('class Flow extends FlowSpec { input; index; other; @step start() {} }', dialect),
        {},
      )
      flow[RUNTIME] = recordingRuntime()
      expect([flow.input, flow.index]).toEqual(['cat', 4])
      expect(Object.keys(flow)).toEqual(['other'])
    }
  })
})

test('a flow class is told from everything else', () => {
  expect(isFlowClass(Flow)).toBe(true)
  expect(isFlowClass(class Other extends Flow {})).toBe(true)
  for (const other of [FlowSpec, class Other {}, new Flow(), () => undefined, undefined, null, 'Flow']) {
    expect(isFlowClass(other)).toBe(false)
  }
})
