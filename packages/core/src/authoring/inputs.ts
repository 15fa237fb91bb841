import type { FlowMember } from '../graph/flow-spec-members.ts'

/**
 * What the inputs of a join are as a list: the state of the flow at the end of each branch, in the order of the split (of the
 * indices, for a foreach). Artifacts load when they are read, and writing to an input throws. `for await` keeps only a few
 * inputs in memory at a time.
 */
export interface InputList<Flow> extends Iterable<Flow>, AsyncIterable<Flow> {
  readonly length: number
  readonly [index: number]: Flow
  /** A negative index counts from the end. */
  at(index: number): Flow | undefined
  map<Result>(callback: (input: Flow, index: number) => Result): Result[]
  filter<Some extends Flow>(predicate: (input: Flow, index: number) => input is Some): Some[]
  filter(predicate: (input: Flow, index: number) => unknown): Flow[]
  find(predicate: (input: Flow, index: number) => unknown): Flow | undefined
  some(predicate: (input: Flow, index: number) => unknown): boolean
  every(predicate: (input: Flow, index: number) => unknown): boolean
  forEach(callback: (input: Flow, index: number) => void): void
  reduce(callback: (sum: Flow, input: Flow, index: number) => Flow): Flow
  reduce<Result>(callback: (sum: Result, input: Flow, index: number) => Result, initial: Result): Result
  entries(): IterableIterator<[number, Flow]>
}

/**
 * The parameter of a join: `choose(inputs: Inputs<this>)`. A list, and after a static split also each branch by the name of
 * its first step: `inputs.trainKnn.model`. A step named like a member of the list (`map`, `find`) is reached by index only.
 */
export type Inputs<Flow> = InputList<Flow> & {
  readonly [Step in keyof Flow & string as Exclude<Step, FlowMember | keyof InputList<unknown>>]: Flow
}
