import type { FlowClass, FlowGraph, ObjectStore, StepNode } from '@flowctl/core'
import type { ArtifactStore, RunStore } from '@flowctl/datastore'
import type { OpenRequest } from '../protocol/requests.ts'
import { ForeachItems } from './foreach-items.ts'
import { LoadedValues } from '../artifacts/loaded-values.ts'
import { RunParameters } from './run-parameters.ts'

/** What the slices of one run share in this process. */
export class RunSession {
  readonly flowClass: FlowClass
  readonly store: ObjectStore
  readonly artifacts: ArtifactStore
  readonly loaded: LoadedValues
  readonly runStore: RunStore
  readonly open: OpenRequest
  readonly items: ForeachItems
  readonly parameters: RunParameters
  readonly #stepNames = new Map<unknown, string>()

  constructor(
    flowClass: FlowClass,
    stores: { readonly store: ObjectStore; readonly artifacts: ArtifactStore; readonly runStore: RunStore },
    open: OpenRequest,
  ) {
    this.flowClass = flowClass
    this.store = stores.store
    this.artifacts = stores.artifacts
    this.loaded = new LoadedValues(stores.artifacts)
    this.runStore = stores.runStore
    this.open = open
    this.items = new ForeachItems(stores.artifacts)
    this.parameters = new RunParameters(stores.artifacts, open.parameters)
    const methods = flowClass.prototype as unknown as Record<string, unknown>
    for (const name of Object.keys(open.graph.steps)) this.#stepNames.set(methods[name], name)
  }

  get graph(): FlowGraph {
    return this.open.graph
  }

  node(step: string): StepNode {
    const node = this.graph.steps[step]
    if (node === undefined) throw new Error(`The flow ${this.graph.flow} has no step '${step}'`)
    return node
  }

  /** Which step a method is. */
  readonly stepName = (method: unknown): string | undefined => this.#stepNames.get(method)
}
