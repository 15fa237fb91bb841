import type { FlowClass, FlowSpec } from '../flow-spec.ts'
import { authoringState, type Construction } from '../shared-state.ts'

/** Makes an instance while `construction` answers its parameter declarations. */
export function constructWith(flowClass: FlowClass, construction: Construction): FlowSpec {
  const outer = authoringState.construction
  authoringState.construction = construction
  try {
    return new flowClass()
  } finally {
    authoringState.construction = outer
  }
}
