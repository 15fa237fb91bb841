import type { SourceLocation } from '../errors/flowctl-error.ts'

/**
 * The plain model of a flow: what the compiler reads from the source, what the checks judge, what the planner walks, and
 * what `run.json` keeps. All of it is JSON.
 */
export interface FlowGraph {
  /** The class name. */
  readonly flow: string
  /** The docstring of the class, `''` when there is none. */
  readonly doc: string
  readonly at: SourceLocation
  /** The entry step, and the terminal one; the same step in a flow of one step. */
  readonly start: string
  readonly end: string
  /** Every task gets a process of its own, so bodies of foreaches are not packed. @default false */
  readonly isolate?: boolean
  /** By name, in the order of the source (of a base class first). */
  readonly steps: Readonly<Record<string, StepNode>>
}

export interface StepNode {
  readonly name: string
  readonly doc: string
  readonly at: SourceLocation
  /** A join takes one parameter, `inputs`. */
  readonly join: boolean
  readonly transition: Transition
  readonly decorators: StepDecorators
  /** Fields the step's source is seen to read, also through the flow's own helper methods: what to fetch before it starts. */
  readonly reads: readonly string[]
}

/** What the last statement of a step, `this.next(...)`, says. `end` is its absence, right in the terminal step only. */
export type Transition =
  | { readonly kind: 'linear'; readonly to: string }
  | { readonly kind: 'split'; readonly to: readonly string[] }
  | { readonly kind: 'foreach'; readonly to: string; readonly over: string }
  | { readonly kind: 'switch'; readonly cases: readonly SwitchCase[]; readonly condition: string }
  | { readonly kind: 'end' }

export interface SwitchCase {
  /** The key as JavaScript objects know it: a string. */
  readonly value: string
  readonly to: string
}

/** The options of a step's decorators, defaults filled in; a decorator that is not there is absent. */
export interface StepDecorators {
  readonly retry?: RetryOptions
  readonly catchError?: CatchErrorOptions
  readonly timeout?: TimeoutOptions
  readonly resources?: ResourceOptions
  readonly environment?: EnvironmentOptions
  readonly concurrent?: ConcurrentOptions
}

export interface RetryOptions {
  /** How many attempts may follow the first. 0 turns `--with retry` off for this step. @default 3 */
  readonly times: number
  /** Wait before the second attempt, in minutes; fractions are fine. @default 0 */
  readonly minutesBetweenRetries: number
  /** The wait is multiplied by this before each further attempt. @default 1 */
  readonly backoff: number
}

export interface CatchErrorOptions {
  /** The artifact that receives the error, `null` when the step succeeded. @default none */
  readonly var?: string
}

export interface TimeoutOptions {
  /** Limit of one attempt in seconds; what `hours`, `minutes` and `seconds` add up to. */
  readonly seconds: number
}

export interface ResourceOptions {
  /** Cores. */
  readonly cpu?: number
  /** Mebibytes. */
  readonly memory?: number
  /** Devices. */
  readonly gpu?: number
  /** The pool whose workers run the step. */
  readonly pool?: string
}

export interface EnvironmentOptions {
  readonly vars: Readonly<Record<string, string>>
}

export interface ConcurrentOptions {
  /** How many tasks of the step one process may carry at once, where its foreach's body is packed. */
  readonly tasks: number
}

/** A step that the graph has. */
export function stepOf(graph: FlowGraph, name: string): StepNode {
  const step = graph.steps[name]
  if (step === undefined) throw new Error(`The graph of ${graph.flow} has no step '${name}'`)
  return step
}

/** The steps a transition may lead to, in the order of the source. */
export function targets(transition: Transition): readonly string[] {
  switch (transition.kind) {
    case 'linear':
    case 'foreach':
      return [transition.to]
    case 'split':
      return transition.to
    case 'switch':
      return transition.cases.map((one) => one.to)
    case 'end':
      return []
  }
}
