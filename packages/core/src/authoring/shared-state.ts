import type { FlowctlError } from '../errors/flowctl-error.ts'
import type { StepDecorators } from '../graph/model.ts'
import type { CurrentInfo } from './current-info.ts'
import type { ParameterDeclaration } from './declarations/declaration.ts'

/** A flow instance that is being made: what answers the parameter declarations among its field initializers. */
export interface Construction {
  /** Set by FlowSpec's constructor, so that the fields are known even when a later initializer throws. */
  instance?: object
  readonly parameter: (declaration: ParameterDeclaration) => unknown
  readonly problem: (error: FlowctlError) => void
}

/** What the decorators on one method say. */
export interface Decoration {
  step?: { readonly start: boolean; readonly end: boolean }
  decorators: StepDecorators
  /** Names of the decorators met so far. */
  readonly met: string[]
  readonly problems: FlowctlError[]
}

interface AuthoringState {
  construction: Construction | undefined
  current: CurrentInfo | undefined
  /** Where several tasks run at once: tells whose code is asking. */
  currentHere?: () => CurrentInfo | undefined
  /** By step function: decorators leave the functions alone. */
  readonly decorations: WeakMap<object, Decoration>
  /** By class or prototype: decorators that stand on something that is not a step. */
  readonly misplaced: WeakMap<object, FlowctlError[]>
}

/** One state for the whole process. */
export const authoringState: AuthoringState = {
  construction: undefined,
  current: undefined,
  decorations: new WeakMap(),
  misplaced: new WeakMap(),
}

/** The decoration of a method; made empty when it has none yet. */
export function decorationOf(method: object): Decoration {
  const known = authoringState.decorations.get(method)
  if (known !== undefined) return known
  const made: Decoration = { decorators: {}, met: [], problems: [] }
  authoringState.decorations.set(method, made)
  return made
}
