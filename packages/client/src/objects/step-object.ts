import { flowError, structureOf, targets, type StepCounts, type StepNode } from '@flowctl/core'
import type { Run, Step, Task } from './model.ts'
import type { RunAccess } from './session.ts'
import { TaskObject } from './task-object.ts'

/** Ids that an error names as examples. */
const EXAMPLES = 5

export class StepObject<F = unknown> implements Step<F> {
  readonly id: string
  readonly parent: Run<F>
  readonly node: StepNode
  readonly #access: RunAccess

  constructor(access: RunAccess, parent: Run<F>, node: StepNode) {
    this.#access = access
    this.parent = parent
    this.node = node
    this.id = node.name
  }

  get pathspec(): string {
    return `${this.parent.pathspec}/${this.id}`
  }

  async *tasks(): AsyncGenerator<Task<F>, void, undefined> {
    for await (const record of this.#access.reader.tasks(this.id)) yield new TaskObject(this.#access, this, record)
  }

  async task(id?: string): Promise<Task<F>> {
    const { reader } = this.#access
    const record = id === undefined ? await reader.mainTask(this.id) : await reader.task(this.id, id)
    if (record !== undefined) return new TaskObject(this.#access, this, record)
    const tried = id === undefined ? undefined : (await reader.attempts(this.id, id)).at(-1)
    if (tried !== undefined) return new TaskObject(this.#access, this, tried)
    const known: string[] = []
    for await (const task of this.tasks()) if (known.push(task.id) === EXAMPLES) break
    const { pathspec: step, parent } = this
    throw flowError('TASK_UNKNOWN', { step, task: id, going: !parent.finished, shape: this.#shapeOfIds(), known })
  }

  async counts(): Promise<StepCounts> {
    return (await this.#access.reader.counts())[this.id] as StepCounts
  }

  async parents(): Promise<readonly Step<F>[]> {
    const steps = await this.parent.steps()
    return steps.filter((step) => targets(step.node.transition).includes(this.id))
  }

  async children(): Promise<readonly Step<F>[]> {
    const steps = await this.parent.steps()
    return steps.filter((step) => targets(this.node.transition).includes(step.id))
  }

  [Symbol.asyncIterator](): AsyncIterator<Task<F>> {
    return this.tasks()
  }

  toString(): string {
    return `Step('${this.pathspec}')`
  }

  #shapeOfIds(): string {
    const depth = structureOf(this.#access.reader.graph).foreachDepth[this.id] ?? 0
    const loops = targets(this.node.transition).includes(this.id)
    const first = depth === 0 ? '0' : ['3', '17', '2', '5', '1'].slice(0, depth).join('.')
    const what = depth === 0 ? first : depth === 1 ? `an index, like ${first}` : `${depth} indices, like ${first}`
    return loops ? `${what}, and ${first}~1, ${first}~2, ... for the turns of its loop` : what
  }
}
