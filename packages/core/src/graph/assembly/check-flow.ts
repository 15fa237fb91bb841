import type { FlowDescription } from '../description.ts'
import type { FlowctlError } from '../../errors/flowctl-error.ts'
import { checkBalance } from '../checks/balance.ts'
import { checkModel, type Check } from '../checks/check-model.ts'
import { checkFields } from '../checks/fields.ts'
import { checkLoops } from '../checks/loops.ts'
import { checkReach } from '../checks/reach.ts'
import { checkStepMethods } from '../checks/step-methods.ts'
import { checkStepNames } from '../checks/step-names.ts'
import { checkTerminals } from '../checks/terminals.ts'
import { checkTransitions } from '../checks/transitions.ts'
import type { SourceFlow } from '../source-flow.ts'

const CHECKS: readonly Check[] = [
  checkTerminals,
  checkStepNames,
  checkStepMethods,
  checkTransitions,
  checkFields,
  checkLoops,
  checkReach,
  checkBalance,
]

/** Every problem of a flow, in the order of the source. */
export function checkFlow(source: SourceFlow, description: FlowDescription): readonly FlowctlError[] {
  const model = checkModel(source, description)
  return CHECKS.flatMap((check) => check(model)).toSorted(byPlace)
}

export function byPlace(a: FlowctlError, b: FlowctlError): number {
  if (a.at === undefined || b.at === undefined) return (a.at === undefined ? 1 : 0) - (b.at === undefined ? 1 : 0)
  if (a.at.file !== b.at.file) return a.at.file < b.at.file ? -1 : 1
  return a.at.line - b.at.line || a.at.column - b.at.column
}
