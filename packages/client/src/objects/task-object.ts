import {
  flowError,
  parseTaskId,
  structureOf,
  type ArtifactRef,
  type AttemptRecord,
  type TaskError,
  type TaskPosition,
  type TaskRecord,
  nearest,
} from '@flowctl/core'
import { ArtifactObject } from './artifact-object.ts'
import { AttemptObject } from './attempt-object.ts'
import type { Artifact, ArtifactName, ArtifactsOf, Attempt, LogLine, Step, Task } from './model.ts'
import type { RunAccess } from './session.ts'

export class TaskObject<F = unknown> implements Task<F> {
  readonly id: string
  readonly parent: Step<F>
  readonly #access: RunAccess
  /** The last attempt that ended; the task's final outcome when it is one. */
  readonly #last: AttemptRecord | TaskRecord
  #artifacts: Readonly<Record<string, Artifact>> | undefined

  constructor(access: RunAccess, parent: Step<F>, last: AttemptRecord | TaskRecord) {
    this.#access = access
    this.#last = last
    this.parent = parent
    this.id = last.task
  }

  get pathspec(): string {
    return `${this.parent.pathspec}/${this.id}`
  }

  get index(): number | undefined {
    const depth = structureOf(this.#access.reader.graph).foreachDepth[this.parent.id] ?? 0
    return (parseTaskId(this.id, depth) as TaskPosition).path.at(-1)
  }

  get outcome(): TaskRecord['outcome'] | undefined {
    return this.#final?.outcome
  }

  get finished(): boolean {
    return this.#final !== undefined
  }

  get successful(): boolean {
    return this.finished && this.outcome !== 'failed'
  }

  get error(): TaskError | undefined {
    return this.#last.error
  }

  get attemptNumber(): number {
    return this.#last.attempt
  }

  get startedAt(): Date {
    return new Date(this.#last.startedAt)
  }

  get finishedAt(): Date | undefined {
    return this.finished ? new Date(this.#last.endedAt) : undefined
  }

  get artifacts(): Readonly<Record<string, Artifact>> {
    if (this.#artifacts === undefined) {
      // Without a prototype: an artifact may be called `constructor`.
      const artifacts = Object.create(null) as Record<string, Artifact>
      for (const [name, ref] of Object.entries(this.#final?.artifacts ?? {})) {
        artifacts[name] = new ArtifactObject(this.#access, this, name, ref)
      }
      this.#artifacts = artifacts
    }
    return this.#artifacts
  }

  has(name: string): boolean {
    return (
      (this.#final !== undefined && Object.hasOwn(this.#final.artifacts, name)) || this.#parameter(name) !== undefined
    )
  }

  artifact(name: string): Artifact {
    const artifact = this.artifacts[name]
    if (artifact !== undefined) return artifact
    // Parameters are read like artifacts in a step, so they are here too.
    const parameter = this.#parameter(name)
    if (parameter !== undefined) return new ArtifactObject(this.#access, this, name, parameter)
    const known = Object.keys(this.artifacts)
    const droppedBy = this.#final?.dropped?.[name]
    throw flowError('ARTIFACT_UNKNOWN', { task: this.pathspec, name, known, nearest: nearest(name, known), droppedBy })
  }

  get<K extends ArtifactName<F>>(name: K): Promise<F[K]>
  get<T = unknown>(name: string): Promise<T>
  async get(name: string): Promise<unknown> {
    return await this.artifact(name).value()
  }

  async data(): Promise<ArtifactsOf<F>> {
    const artifacts = Object.values(this.artifacts)
    const values = await Promise.all(artifacts.map(async (artifact) => [artifact.id, await artifact.value()]))
    return Object.fromEntries(values) as unknown as ArtifactsOf<F>
  }

  #parameter(name: string): ArtifactRef | undefined {
    const { parameters } = this.parent.parent.record
    return Object.hasOwn(parameters, name) ? parameters[name] : undefined
  }

  stdout(): Promise<string> {
    return this.#lastAttempt.stdout()
  }

  stderr(): Promise<string> {
    return this.#lastAttempt.stderr()
  }

  log(): Promise<string> {
    return this.#lastAttempt.log()
  }

  logLines(): Promise<readonly LogLine[]> {
    return this.#lastAttempt.logLines()
  }

  async attempts(): Promise<readonly Attempt[]> {
    const records = await this.#access.reader.attempts(this.parent.id, this.id)
    return records.map((record) => new AttemptObject(this.#access, record))
  }

  async attempt(number: number): Promise<Attempt> {
    const attempts = await this.attempts()
    const found = attempts.find((attempt) => attempt.number === number)
    if (found !== undefined) return found
    const known = attempts.map((attempt) => attempt.number)
    throw flowError('ATTEMPT_UNKNOWN', { task: this.pathspec, attempt: number, known })
  }

  adopted(): Promise<boolean> {
    return this.#access.reader.isAdopted(this.parent.id, this.id)
  }

  async origin(): Promise<Task<F> | undefined> {
    if (!(await this.adopted())) return undefined
    const run = await this.parent.parent.origin()
    return await run?.task(this.parent.id, this.id)
  }

  parents(): AsyncIterable<Task<F>> {
    return this.#others(this.#access.reader.parentsOf(this.parent.id, this.id))
  }

  children(): AsyncIterable<Task<F>> {
    return this.#others(this.#access.reader.childrenOf(this.parent.id, this.id))
  }

  *[Symbol.iterator](): Iterator<Artifact> {
    yield* Object.values(this.artifacts)
  }

  toString(): string {
    return `Task('${this.pathspec}')`
  }

  get #final(): TaskRecord | undefined {
    return 'outcome' in this.#last ? this.#last : undefined
  }

  get #lastAttempt(): Attempt {
    return new AttemptObject(this.#access, this.#last)
  }

  async *#others(records: AsyncIterable<TaskRecord>): AsyncGenerator<Task<F>, void, undefined> {
    const steps = new Map<string, Step<F>>([[this.parent.id, this.parent]])
    for await (const record of records) {
      const step = steps.get(record.step) ?? (await this.parent.parent.step(record.step))
      steps.set(record.step, step)
      yield new TaskObject(this.#access, step, record)
    }
  }
}
