/**
 * What stands behind a FlowSpec instance while one of its steps runs. FlowSpec's members delegate to it, so that the class
 * users extend holds no logic of execution.
 */
export interface TaskRuntime {
  /** Records the transition; the arguments of `this.next(...)` as given. */
  next(args: readonly unknown[]): void
  /** Item and index of the innermost foreach; `undefined` outside. */
  input(): unknown
  index(): number | undefined
  foreachStack(): readonly ForeachFrame[]
  mergeArtifacts(inputs: unknown, options: MergeOptions): void
}

/** One foreach around the task. */
export interface ForeachFrame {
  readonly index: number
  /** How many tasks the foreach made. */
  readonly count: number
  readonly value: unknown
}

export interface MergeOptions {
  /** Only these names. Not together with `exclude`. */
  readonly include?: readonly string[]
  /** All but these names. */
  readonly exclude?: readonly string[]
}

/** The key under which a FlowSpec instance holds its runtime. */
export const RUNTIME: unique symbol = Symbol('flowctl.runtime')
