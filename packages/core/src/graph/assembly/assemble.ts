import type { FlowDescription } from '../description.ts'
import { FlowProblems } from '../../errors/problems.ts'
import { checkFlow } from './check-flow.ts'
import { checkModel, isJoin, type CheckModel } from '../checks/check-model.ts'
import { checkConcurrency } from '../checks/concurrency.ts'
import type { FlowGraph, StepDecorators, StepNode, Transition } from '../model.ts'
import type { SourceFlow, SourceStep } from '../source-flow.ts'

/**
 * Makes the graph of a flow from what its source says and what running it told, after checking both.
 *
 * Each of `withDecorators` (of `--with`) is added to every step that lacks that decorator; `@retry({ times: 0 })` counts as having
 * one, and `catchError` is not added to foreach and switch steps, which cannot have it.
 *
 * Throws FlowProblems with every problem of the flow, in the order of the source.
 */
export function assembleGraph(
  source: SourceFlow,
  description: FlowDescription,
  withDecorators: readonly StepDecorators[] = [],
): FlowGraph {
  const problems = checkFlow(source, description)
  if (problems.length > 0) throw new FlowProblems(problems)
  const model = checkModel(source, description)
  const described = new Map(description.steps.map((step) => [step.name, step.decorators]))
  const nodes = source.steps.map((step): [string, StepNode] => {
    const transition = transitionOf(step, model)
    const decorators = decorated(described.get(step.name) ?? {}, withDecorators, transition)
    const { name, doc, at, reads } = step
    return [name, { name, doc, at, join: isJoin(step), transition, decorators, reads }]
  })
  const graph: FlowGraph = {
    flow: source.flow,
    doc: source.doc,
    at: source.at,
    start: model.start as string,
    end: model.end as string,
    steps: Object.fromEntries(nodes),
  }
  const vain = checkConcurrency(graph, description)
  if (vain.length > 0) throw new FlowProblems(vain)
  return graph
}

function transitionOf(step: SourceStep, model: CheckModel): Transition {
  return step.name === model.end ? { kind: 'end' } : (step.next?.transition as Transition)
}

function decorated(own: StepDecorators, added: readonly StepDecorators[], transition: Transition): StepDecorators {
  const branches = transition.kind === 'foreach' || transition.kind === 'switch'
  // What comes first wins: the step's own, then the options in the order given.
  return added.reduce<StepDecorators>((all, { catchError, ...others }) => {
    const addition: StepDecorators = branches || catchError === undefined ? others : { ...others, catchError }
    return { ...addition, ...all }
  }, own)
}
