import type { ArtifactRef } from '@flowctl/core'
import type { Artifact, Task } from './model.ts'
import type { RunAccess } from './session.ts'

export class ArtifactObject<T = unknown> implements Artifact<T> {
  readonly id: string
  readonly parent: Task
  readonly ref: ArtifactRef
  readonly #access: RunAccess

  constructor(access: RunAccess, parent: Task, name: string, ref: ArtifactRef) {
    this.#access = access
    this.parent = parent
    this.id = name
    this.ref = ref
  }

  get pathspec(): string {
    return `${this.parent.pathspec}/${this.id}`
  }

  get type(): string {
    return this.ref.type
  }

  get size(): number {
    return this.ref.size
  }

  get hash(): string {
    return this.ref.hash
  }

  get preview(): string {
    return this.ref.preview
  }

  async value(): Promise<T> {
    return (await this.#access.artifacts.load(this.ref)) as T
  }

  toString(): string {
    return `Artifact('${this.pathspec}')`
  }
}
