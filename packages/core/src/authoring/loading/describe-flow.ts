import type { FlowctlError } from '../../errors/flowctl-error.ts'
import { FlowProblems } from '../../errors/problems.ts'
import { flowError } from '../../errors/table.ts'
import type { DescribedStep, FlowDescription } from '../../graph/description.ts'
import { FLOW_MEMBERS } from '../../graph/flow-spec-members.ts'
import { isFlowBase, isFlowClass, type FlowClass } from '../flow-spec.ts'
import { describeParameters } from '../parameters/check-declaration.ts'
import { authoringState } from '../shared-state.ts'
import { discoverFlow } from './discover.ts'

/**
 * Says what only running the flow file can tell: its steps' decorators and its parameters. Constructs the flow, more than once
 * where field initializers compute with parameters.
 *
 * `name` is the flow's name, for a bundler may have renamed the class. Throws FlowProblems with everything that is wrong with
 * decorators, parameters and fields.
 */
export function describeFlow(flowClass: FlowClass, name: string = flowClass.name): FlowDescription {
  const discovery = discoverFlow(flowClass)
  const { parameters, problems } = describeParameters(discovery.declared)
  const chain = classChain(flowClass)
  const found = describeSteps(chain)
  const all = [
    ...chain.flatMap((one) => misplaced(one)),
    ...found.problems,
    ...hiddenMembers(chain, discovery.instance, found.steps),
    ...discovery.problems,
    ...problems,
  ]
  if (all.length > 0) throw new FlowProblems(all)
  return { flow: name, steps: found.steps, parameters }
}

/** The flow class that a module exports under a name, or as its default. Throws FLOW_CLASS_MISSING. */
export function flowClassOf(exports: Readonly<Record<string, unknown>>, className: string): FlowClass {
  const named = Object.values(exports).find((value) => isFlowClass(value) && value.name === className)
  const found = [exports[className], named, exports['default']].find(isFlowClass)
  if (found !== undefined) return found
  throw flowError('FLOW_CLASS_MISSING', { className, exported: Object.keys(exports) })
}

/** The flow's classes from the base to the flow itself, without FlowSpec and what is above it. */
function classChain(flowClass: FlowClass): FlowClass[] {
  const parent: unknown = Object.getPrototypeOf(flowClass)
  return typeof parent === 'function' && !isFlowBase(parent)
    ? [...classChain(parent as FlowClass), flowClass]
    : [flowClass]
}

function describeSteps(chain: readonly FlowClass[]): { steps: DescribedStep[]; problems: FlowctlError[] } {
  const found = new Map<string, { readonly step: DescribedStep; readonly problems: readonly FlowctlError[] }>()
  const problems: FlowctlError[] = []
  for (const { prototype, name: owner } of chain) {
    for (const [name, { value: method }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      const decoration = typeof method === 'function' ? authoringState.decorations.get(method) : undefined
      if (decoration?.step !== undefined) {
        const step: DescribedStep = { name, ...decoration.step, decorators: decoration.decorators }
        found.set(name, { step, problems: decoration.problems })
      } else if (decoration !== undefined) {
        problems.push(flowError('DECORATOR_WITHOUT_STEP', { decorators: decoration.met, name }), ...decoration.problems)
      } else if (found.has(name)) {
        problems.push(flowError('STEP_OVERRIDE_BARE', { step: name, flow: owner }))
      }
    }
  }
  const steps = [...found.values()]
  return { steps: steps.map((one) => one.step), problems: [...steps.flatMap((one) => one.problems), ...problems] }
}

function misplaced(flowClass: FlowClass): readonly FlowctlError[] {
  const { misplaced: problems } = authoringState
  return [...(problems.get(flowClass) ?? []), ...(problems.get(flowClass.prototype as object) ?? [])]
}

/** Methods and fields of the flow that cover what FlowSpec has under the same name, and fields that cover a step. */
function hiddenMembers(
  chain: readonly FlowClass[],
  instance: object | undefined,
  steps: readonly DescribedStep[],
): FlowctlError[] {
  const fields = Object.entries(instance ?? {})
  const methods = chain.flatMap(({ prototype }) => Object.getOwnPropertyNames(prototype))
  const members = FLOW_MEMBERS.filter((member) => {
    // An empty `input` only gives a type; constructFlow takes it away.
    const typesOnly = member === 'input' || member === 'index'
    return (
      methods.includes(member) || fields.some(([name, value]) => name === member && !(typesOnly && value === undefined))
    )
  })
  const covered = steps.filter((step) => fields.some(([name]) => name === step.name))
  return [
    ...members.map((member) => flowError('FLOW_MEMBER_HIDDEN', { member })),
    ...covered.map((step) => flowError('STEP_HIDDEN', { step: step.name })),
  ]
}
