import {
  flowError,
  structureOf,
  type CodeRef,
  type FlowGraph,
  type RunRecord,
  type StepCounts,
  type StepNode,
  nearest,
} from '@flowctl/core'
import {
  ArtifactStore,
  finishedAt,
  readRunState,
  RunReader,
  RunStore,
  statusOf,
  type RunState,
  type RunStatus,
} from '@flowctl/datastore'
import type { ArtifactName, ArtifactsOf, Code, Flow, Run, RunError, Step, Task } from './model.ts'
import { readCode } from './read-code.ts'
import type { RunAccess, Session } from './session.ts'
import { StepObject } from './step-object.ts'
import { changedTags, type TagChange } from './tags.ts'

export class RunObject<F = unknown> implements Run<F> {
  readonly id: string
  readonly parent: Flow<F>
  readonly #session: Session
  #state: RunState
  #status: RunStatus
  #opened: RunAccess | undefined

  constructor(session: Session, parent: Flow<F>, state: RunState) {
    this.#session = session
    this.#state = state
    this.#status = statusOf(state, session.now())
    this.parent = parent
    this.id = state.record.run
  }

  get pathspec(): string {
    return `${this.parent.id}/${this.id}`
  }

  get record(): RunRecord {
    return this.#state.record
  }

  get createdAt(): Date {
    return new Date(this.record.createdAt)
  }

  get finishedAt(): Date | undefined {
    const at = finishedAt(this.#state, this.#status)
    return at === undefined ? undefined : new Date(at)
  }

  get status(): RunStatus {
    return this.#status
  }

  get finished(): boolean {
    return this.#status !== 'running'
  }

  get successful(): boolean {
    return this.#status === 'succeeded'
  }

  get error(): RunError | undefined {
    const failure = this.#state.end?.failure ?? this.#state.stop?.failure
    if (failure === undefined || this.successful) return undefined
    return { ...failure, pathspec: `${this.pathspec}/${failure.step}/${failure.task}` }
  }

  get user(): string {
    return this.record.user
  }

  get tags(): readonly string[] {
    return [...this.systemTags, ...this.userTags]
  }

  get userTags(): readonly string[] {
    return this.#state.userTags
  }

  get systemTags(): readonly string[] {
    return this.record.systemTags
  }

  get graph(): FlowGraph {
    return this.record.graph
  }

  get code(): Code {
    const code: CodeRef = this.record.code
    return { ...code, bytes: () => readCode(this.#session.store, this.parent.id, code) }
  }

  get originRun(): string | undefined {
    const { origin } = this.record
    return origin === undefined ? undefined : `${this.parent.id}/${origin.run}`
  }

  async steps(): Promise<readonly Step<F>[]> {
    const { order } = structureOf(this.graph)
    return await Promise.all(order.map((name) => this.step(name)))
  }

  step(name: string): Promise<Step<F>> {
    const { steps } = this.graph
    const node: StepNode | undefined = Object.hasOwn(steps, name) ? steps[name] : undefined
    if (node !== undefined) return Promise.resolve(new StepObject(this.#access, this, node))
    const known = structureOf(this.graph).order
    const details = { flow: this.parent.id, run: this.id, step: name, known, nearest: nearest(name, known) }
    return Promise.reject(flowError('STEP_UNKNOWN', details))
  }

  async task(step: string, id?: string): Promise<Task<F>> {
    return await (await this.step(step)).task(id)
  }

  async endTask(): Promise<Task<F> | undefined> {
    const record = await this.#access.reader.mainTask(this.graph.end)
    return record === undefined ? undefined : await this.task(record.step, record.task)
  }

  get<K extends ArtifactName<F>>(name: K): Promise<F[K]>
  get<T = unknown>(name: string): Promise<T>
  async get(name: string): Promise<unknown> {
    return await (await this.task(this.graph.end)).get(name)
  }

  async data(): Promise<ArtifactsOf<F>> {
    return (await (await this.endTask())?.data()) ?? ({} as ArtifactsOf<F>)
  }

  async parameters(): Promise<Readonly<Record<string, unknown>>> {
    const { artifacts } = this.#access
    const values: [string, unknown][] = []
    for (const [name, ref] of Object.entries(this.record.parameters)) values.push([name, await artifacts.load(ref)])
    return Object.fromEntries(values)
  }

  counts(): Promise<Readonly<Record<string, StepCounts>>> {
    return this.#access.reader.counts()
  }

  async origin(): Promise<Run<F> | undefined> {
    const { origin } = this.record
    const state =
      origin === undefined
        ? undefined
        : await readRunState(this.#session.store, this.parent.id, origin.run, this.#session)
    return state === undefined ? undefined : new RunObject(this.#session, this.parent, state)
  }

  addTag(tag: string): Promise<void> {
    return this.#changeTags({ add: [tag] })
  }

  addTags(tags: Iterable<string>): Promise<void> {
    return this.#changeTags({ add: tags })
  }

  removeTag(tag: string): Promise<void> {
    return this.#changeTags({ remove: [tag] })
  }

  removeTags(tags: Iterable<string>): Promise<void> {
    return this.#changeTags({ remove: tags })
  }

  replaceTags(remove: Iterable<string>, add: Iterable<string>): Promise<void> {
    return this.#changeTags({ remove, add })
  }

  async refresh(): Promise<this> {
    const state = await readRunState(this.#session.store, this.parent.id, this.id, this.#session)
    if (state === undefined) throw flowError('RUN_UNKNOWN', { flow: this.parent.id, run: this.id, newest: [] })
    this.#state = state
    this.#status = statusOf(state, this.#session.now())
    this.#opened = undefined
    return this
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Step<F>> {
    yield* await this.steps()
  }

  toString(): string {
    return `Run('${this.pathspec}')`
  }

  get #access(): RunAccess {
    if (this.#opened === undefined) {
      const records = new RunStore(this.#session.store, this.parent.id, this.id)
      const reader = new RunReader(records, this.graph, { settled: this.finished })
      this.#opened = { records, reader, artifacts: new ArtifactStore(this.#session.store, this.parent.id) }
    }
    return this.#opened
  }

  async #changeTags(change: TagChange): Promise<void> {
    // Lists may be iterators, and the change is tried again when somebody else's came in between.
    const lists = { add: [...(change.add ?? [])], remove: [...(change.remove ?? [])] }
    const { systemTags } = this
    const userTags = await this.#access.records.updateTags((tags) =>
      changedTags(this.pathspec, { userTags: tags, systemTags }, lists),
    )
    this.#state = { ...this.#state, userTags }
  }
}
