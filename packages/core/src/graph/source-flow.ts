import type { SourceLocation } from '../errors/flowctl-error.ts'
import type { Transition } from './model.ts'

/**
 * What the source of one flow class says, base classes included: the compiler's reading, before any of it is judged. All of
 * it is JSON. A member of a derived class stands in the place of the one it overrides.
 */
export interface SourceFlow {
  /** The class name. */
  readonly flow: string
  /** The docstring of the class, `''` when there is none. */
  readonly doc: string
  /** Of the class name. */
  readonly at: SourceLocation
  /** Methods decorated with `@step`, in the order of the source, those of a base class first. */
  readonly steps: readonly SourceStep[]
  /** Everything else the classes define with a plain name: fields, helper methods, accessors. */
  readonly members: readonly SourceMember[]
  /** Where a name is first assigned on `this`, by name. */
  readonly assigned: Readonly<Record<string, SourceLocation>>
  /** The class hands `this` to other code or computes names: `assigned` may lack some. */
  readonly opaque: boolean
}

export interface SourceStep {
  readonly name: string
  readonly doc: string
  /** Of the method's name. */
  readonly at: SourceLocation
  /** How many parameters the method takes, and where the first stands. */
  readonly parameters: number
  readonly parametersAt?: SourceLocation
  readonly generator: boolean
  /** What `@step({ start, end })` says where it is written out. */
  readonly marked: { readonly start: boolean; readonly end: boolean }
  /** Set when a method of a derived class replaces a step and is not decorated itself: the class whose step it was. */
  readonly undecoratedOverrideOf?: string
  /** Set when the same class defines the name a second time: where the earlier definition stands. */
  readonly definedBefore?: SourceLocation
  /** Absent when the method never calls `this.next`. */
  readonly next?: SourceNext
  /** Names read from `this`, also through helpers, and not surely assigned before. */
  readonly reads: readonly string[]
  /** `#private` fields written, also through helpers. */
  readonly privateWrites: readonly SourceName[]
}

export interface SourceName {
  readonly name: string
  readonly at: SourceLocation
}

export interface SourceMember extends SourceName {
  readonly kind: 'field' | 'method' | 'accessor'
  /** The first `this.next(...)` in it. */
  readonly nextAt?: SourceLocation
}

/** The calls of `this.next` in one step, ideally a single one at the end. */
export interface SourceNext {
  /** The call to change when something is wrong. */
  readonly at: SourceLocation
  /** Absent when something in it cannot be read. */
  readonly transition?: Transition
  /** What kind it is; also told when all its targets can be read but not the rest. */
  readonly shape?: Exclude<Transition['kind'], 'end'>
  /** Every step named, in the order of the source; of an unreadable transition those that can be made out. */
  readonly targets: readonly SourceName[]
  /** The string that names the foreach or condition field. */
  readonly fieldAt?: SourceLocation
  readonly problems: readonly TransitionProblem[]
}

/** Something in `this.next(...)` that cannot be read; `code` is one of the error table. */
export interface TransitionProblem {
  readonly code: TransitionProblemCode
  readonly at: SourceLocation
  /** The piece of source that is meant, shortened. */
  readonly text: string
}

export type TransitionProblemCode =
  | 'NEXT_NOT_LAST'
  | 'NEXT_NESTED'
  | 'NEXT_TWICE'
  | 'NEXT_WITHOUT_TARGET'
  | 'NEXT_TARGET_UNREADABLE'
  | 'NEXT_OPTIONS_UNREADABLE'
  | 'NEXT_OPTION_UNKNOWN'
  | 'FOREACH_NOT_LITERAL'
  | 'FOREACH_SEVERAL_TARGETS'
  | 'SWITCH_CASES_MISSING'
  | 'SWITCH_CASE_UNREADABLE'
  | 'SWITCH_CONDITION_MISSING'
  | 'SWITCH_CONDITION_NOT_LITERAL'
  | 'SWITCH_TOO_FEW_CASES'
  | 'SWITCH_WITH_FOREACH'
