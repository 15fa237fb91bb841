import { flowError } from '../errors/table.ts'
import type { FlowMember } from '../graph/flow-spec-members.ts'
import { authoringState } from './shared-state.ts'
import { RUNTIME, type ForeachFrame, type MergeOptions, type TaskRuntime } from './task-runtime.ts'

/** A method that can be a step: nothing or the join's inputs in, nothing out. */
export type StepMethod = (inputs: never) => void | Promise<void>

/** The cases of a switch: the condition's value, as a string, to the step it leads to. */
export type SwitchCases = Readonly<Record<string, StepMethod>>

export interface ForeachOptions<Name> {
  /** The field that holds the list: any iterable. One task for each of its items. */
  readonly foreach: Name
}

export interface SwitchOptions<Name> {
  /** The field whose value picks the case: a string, a number or a boolean. */
  readonly condition: Name
}

/** What `next` asks of `this`: that the field a foreach goes over is iterable. */
type Iterating<Name extends string> = { readonly next: unknown } & { readonly [Field in Name]?: Iterable<unknown> }

/**
 * The base class of every flow. Steps are decorated methods, artifacts are fields.
 *
 * `Item` is the type of `this.input`: `class ForeachFlow extends FlowSpec<string>` when its foreach goes over strings, a union
 * when several foreaches go over different things. Left out, `input` is `unknown`.
 */
export abstract class FlowSpec<Item = unknown> {
  /** For whoever runs steps. */
  declare [RUNTIME]?: TaskRuntime
  /** The item of the innermost foreach around this task, `undefined` outside any. In a join it is that of the outer foreach. */
  declare readonly input: Item
  /** The index of that item, from 0; `undefined` outside any foreach. */
  declare readonly index: number | undefined

  // Not accessors of the class: TypeScript would then forbid `declare readonly input: string` in a flow.
  static {
    for (const member of ['input', 'index'] as const) {
      Object.defineProperty(this.prototype, member, {
        configurable: true,
        get(this: FlowSpec): unknown {
          return runtimeOf(this, member)[member]()
        },
      })
    }
  }

  constructor() {
    const { construction } = authoringState
    if (construction !== undefined) construction.instance ??= this
  }

  /**
   * Says which step comes next; the last statement of every step but the terminal one, and literally so: the graph is read from
   * the source. One of
   *
   * - `this.next(this.a)`: go on with `a`
   * - `this.next(this.a, this.b)`: both, at the same time; they meet again in a join
   * - `this.next(this.a, { foreach: 'items' })`: `a` for every item of `this.items`
   * - `this.next({ small: this.a, large: this.b }, { condition: 'size' })`: the case that `this.size` names
   */
  next<const Over extends string = never>(
    this: Iterating<NoInfer<Over>>,
    first: StepMethod | SwitchCases,
    second?: StepMethod | ForeachOptions<Over & keyof this> | SwitchOptions<keyof this & string>,
    ...more: StepMethod[]
  ): void
  next(...args: readonly unknown[]): void {
    runtimeOf(this, 'next').next(args)
  }

  /** Every foreach around this task, from the outermost. */
  foreachStack(): readonly ForeachFrame[] {
    return runtimeOf(this, 'foreachStack').foreachStack()
  }

  /**
   * In a join: takes over every artifact on which the inputs agree and that this step has not assigned itself. Nothing is
   * loaded, artifacts are compared by their hash.
   *
   * Throws MERGE errors that list every name on which the inputs disagree, and names of `include` that no input has.
   */
  mergeArtifacts(inputs: Iterable<unknown>, options: MergeOptions = {}): void {
    runtimeOf(this, 'mergeArtifacts').mergeArtifacts(inputs, options)
  }
}

function runtimeOf(flow: { [RUNTIME]?: TaskRuntime }, member: FlowMember): TaskRuntime {
  const runtime = flow[RUNTIME]
  if (runtime === undefined) throw flowError('FLOW_NOT_RUNNING', { member })
  return runtime
}

/** A flow as a value: a class that extends FlowSpec. */
export type FlowClass = new () => FlowSpec

/** Whether a value is a class that extends FlowSpec. */
export function isFlowClass(value: unknown): value is FlowClass {
  return typeof value === 'function' && value.prototype instanceof FlowSpec
}

/** Whether a class is FlowSpec itself. */
export function isFlowBase(value: object): boolean {
  return value === FlowSpec
}
