import {
  flowError,
  type ForeachFrame,
  type MergeOptions,
  type StepNode,
  type TakenTransition,
  type TaskRuntime,
} from '@flowctl/core'
import type { ForeachSource } from '../protocol/requests.ts'
import type { FieldAccess } from '../artifacts/instance.ts'
import type { InputRecord, InputRecords } from '../inputs/input-records.ts'
import { inputPlace, InputList } from '../inputs/input-views.ts'
import { mergedArtifacts } from '../inputs/merge.ts'
import type { RunSession } from '../session/run-session.ts'
import { refuseFunction, TaskArtifacts, type Inherited } from '../artifacts/task-artifacts.ts'
import { checkTransition, readNextCall, type NextCall } from './transition.ts'

/** One attempt at one task. */
export interface TaskPlan {
  readonly node: StepNode
  /** Task id. */
  readonly id: string
  /** Indices of all foreaches around the task. */
  readonly path: readonly number[]
  readonly attempt: number
  readonly foreaches: readonly ForeachSource[]
  readonly inherited: Inherited
  /** Of a join. */
  readonly inputs: InputRecords | undefined
  /** Preview of the item of the innermost foreach. */
  readonly inputPreview: string | undefined
}

/** What stands behind the flow instance of a running task: `this.next`, `this.input`, artifacts, parameters. */
export class Task implements TaskRuntime, FieldAccess {
  readonly plan: TaskPlan
  readonly artifacts: TaskArtifacts
  readonly #session: RunSession
  readonly #inputs: InputList | undefined
  readonly #calls: NextCall[] = []
  #items: Map<number, unknown> | undefined
  #parameters: Map<string, unknown> | undefined
  #ended = false

  constructor(session: RunSession, plan: TaskPlan) {
    this.plan = plan
    this.#session = session
    this.artifacts = new TaskArtifacts(session, plan.inherited.artifacts, (name) => this.#missing(name))
    if (plan.inputs !== undefined)
      this.#inputs = new InputList(session, { step: this.step, path: plan.path }, plan.inputs)
  }

  get step(): string {
    return this.plan.node.name
  }

  /** What the step method is called with. */
  stepArguments(): readonly unknown[] {
    return this.#inputs === undefined ? [] : [this.#inputs.views()]
  }

  next(args: readonly unknown[]): void {
    if (this.#ended) throw flowError('NEXT_TOO_LATE', { step: this.step })
    this.#calls.push(readNextCall(args, this.#session.stepName))
    checkTransition(this.plan.node, this.#calls)
  }

  /** The step has returned or thrown. */
  end(): void {
    this.#ended = true
  }

  checkTransition(): void {
    checkTransition(this.plan.node, this.#calls)
  }

  index(): number | undefined {
    return this.plan.foreaches.length === 0 ? undefined : this.plan.path[this.plan.foreaches.length - 1]
  }

  input(): unknown {
    return this.plan.foreaches.length === 0 ? undefined : this.#item(this.plan.foreaches.length - 1)
  }

  foreachStack(): readonly ForeachFrame[] {
    const { foreaches, path } = this.plan
    return foreaches.map(({ count }, depth) => ({ index: path[depth] as number, count, value: this.#item(depth) }))
  }

  mergeArtifacts(inputs: unknown, options: MergeOptions): void {
    const { step, artifacts } = this
    if (this.#inputs === undefined) throw flowError('MERGE_OUTSIDE_JOIN', { step })
    const isSet = (name: string): boolean => artifacts.has(name)
    const merge = { step, store: this.#session.artifacts, list: this.#inputs, inputs, options, isSet }
    for (const [name, ref] of mergedArtifacts(merge)) artifacts.take(name, ref)
  }

  readField(name: string): unknown {
    return this.artifacts.read(name)
  }

  assignField(name: string, value: unknown): void {
    refuseFunction(name, value)
    this.#refuseFlow(name, value)
    this.artifacts.set(name, value)
  }

  deleteField(name: string): void {
    this.artifacts.delete(name)
  }

  readParameter(name: string): unknown {
    this.#parameters ??= new Map()
    if (!this.#parameters.has(name)) this.#parameters.set(name, this.#session.parameters.copy(name))
    return this.#parameters.get(name)
  }

  /** Names that later tasks cannot see because a join left them behind, with that join's name. */
  dropped(artifacts: TakenArtifacts): Readonly<Record<string, string>> | undefined {
    const { inherited, inputs } = this.plan
    if (inherited.dropped === undefined && inputs === undefined) return undefined
    const dropped: Record<string, string> = { ...inherited.dropped }
    if (inputs !== undefined) {
      for (const record of samples(inputs)) {
        Object.assign(dropped, record.dropped)
        for (const name of Object.keys(record.artifacts)) dropped[name] = this.step
      }
    }
    const names = Object.entries(dropped).filter(([name]) => !Object.hasOwn(artifacts, name))
    return names.length === 0 ? undefined : Object.fromEntries(names)
  }

  #item(depth: number): unknown {
    this.#items ??= new Map()
    if (!this.#items.has(depth)) {
      const source = this.plan.foreaches[depth] as ForeachSource
      this.#items.set(depth, this.#session.items.item(source.segments, this.plan.path[depth] as number))
    }
    return this.#items.get(depth)
  }

  #missing(name: string): undefined {
    const { step } = this
    const { inputs, inherited } = this.plan
    if (inputs !== undefined) {
      for (const record of samples(inputs)) {
        if (Object.hasOwn(record.artifacts, name)) throw flowError('ARTIFACT_IN_INPUTS', { step, name })
      }
    }
    const join = inherited.dropped?.[name]
    if (join !== undefined) throw flowError('ARTIFACT_DROPPED', { step, name, join })
    return undefined
  }

  #refuseFlow(name: string, value: unknown): void {
    if (typeof value !== 'object' || value === null) return
    const { step } = this
    if (value instanceof this.#session.flowClass) throw flowError('ARTIFACT_IS_FLOW', { step, name, what: 'this' })
    if (inputPlace(value) !== undefined) throw flowError('ARTIFACT_IS_FLOW', { step, name, what: 'an input' })
  }
}

type TakenArtifacts = Readonly<Record<string, unknown>>

/** Inputs of a foreach have the same names but for rare ones; reading all of them for their names would not pay. */
function samples(inputs: InputRecords): InputRecord[] {
  if (inputs.branches !== undefined) return inputs.branches.map((_, position) => inputs.record(position))
  if (inputs.count === 0) return []
  return inputs.count === 1 ? [inputs.record(0)] : [inputs.record(0), inputs.record(inputs.count - 1)]
}

/** The transition that the source shows, for a step that may go on although it threw. */
export function staticTaken({ transition }: StepNode): TakenTransition | undefined {
  switch (transition.kind) {
    case 'linear':
    case 'split':
    case 'end':
      return transition
    default:
      return undefined
  }
}
