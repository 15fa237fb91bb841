import { readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import {
  bindParameters,
  describeFlow,
  flowClassOf,
  toWire,
  type ArtifactRef,
  type FlowClass,
  type ObjectStore,
} from '@flowctl/core'
import { ArtifactStore, encodeValue, openStore, RunStore } from '@flowctl/datastore'
import type { BindRequest, LoadRequest, OpenRequest, Request, SliceRequest } from './protocol/requests.ts'
import { runSlice } from './task/run-slice.ts'
import type { Workplace } from './task/run-task.ts'
import { RunSession } from './session/run-session.ts'

/** The key under which a bundle finds the authoring API. */
const API = Symbol.for('flowctl.api')

interface Loaded {
  readonly flowClass: FlowClass
  readonly store: ObjectStore
}

/** Answers requests one after the other; `drain` and `ask` are heard while another is under way. */
export class TaskService {
  readonly #place: Workplace
  readonly #leave: () => void
  #queue: Promise<void> = Promise.resolve()
  #loaded: Loaded | undefined
  #session: RunSession | undefined
  #slicesWaiting = 0
  readonly #control = { draining: false }

  /** `leave` ends the process. */
  constructor(place: Workplace, leave: () => void) {
    this.#place = place
    this.#leave = leave
  }

  receive(request: Request): void {
    if (request.type === 'drain') {
      if (this.#slicesWaiting > 0) this.#control.draining = true
      return
    }
    if (request.type === 'ask') {
      this.#place.pipe.push({ type: 'alive' })
      return this.#place.pipe.flush()
    }
    if (request.type === 'slice') this.#slicesWaiting += 1
    this.#queue = this.#queue.then(() => this.#perform(request))
  }

  async #perform(request: Exclude<Request, { type: 'drain' | 'ask' }>): Promise<void> {
    switch (request.type) {
      case 'load':
        return this.#refusable(() => this.#load(request))
      case 'bind':
        return this.#refusable(() => this.#bind(request))
      case 'open':
        return this.#open(request)
      case 'slice':
        return this.#slice(request)
    }
  }

  async #refusable(act: () => Promise<void>): Promise<void> {
    const { pipe } = this.#place
    try {
      await act()
    } catch (error) {
      pipe.push({ type: 'refused', error: toWire(error) })
    }
    pipe.flush()
  }

  async #load({ api, bundle, className, datastore }: LoadRequest): Promise<void> {
    Reflect.set(globalThis, API, await import(api))
    const exports = (await import(pathToFileURL(bundle).href)) as Readonly<Record<string, unknown>>
    const flowClass = flowClassOf(exports, className)
    const description = describeFlow(flowClass, className)
    // Whoever started this process has checked the datastore.
    const { surroundings, tasks } = this.#place
    const alone = (): boolean => tasks.running.size <= 1
    const store = await openStore(datastore, { env: surroundings.initialEnv, check: 'none', alone })
    this.#loaded = { flowClass, store }
    this.#place.pipe.push({ type: 'loaded', description })
  }

  async #bind({ flow, given, user }: BindRequest): Promise<void> {
    const { flowClass, store } = this.#need(this.#loaded, 'load')
    const artifacts = new ArtifactStore(store, flow)
    const values = await bindParameters(flowClass, given, { flow, user, readFile: (path) => readFile(path) })
    const parameters: Record<string, ArtifactRef> = {}
    const previews: Record<string, string> = {}
    for (const [name, value] of Object.entries(values)) {
      const encoded = encodeValue(value, `this.${name}`)
      parameters[name] = await artifacts.save(encoded)
      previews[name] = encoded.preview
    }
    this.#place.pipe.push({ type: 'bound', parameters, previews })
  }

  #open(request: OpenRequest): void {
    const { flowClass, store } = this.#need(this.#loaded, 'load')
    const { flow } = request.graph
    const artifacts = new ArtifactStore(store, flow)
    this.#session = new RunSession(
      flowClass,
      { store, artifacts, runStore: new RunStore(store, flow, request.run) },
      request,
    )
  }

  async #slice(request: SliceRequest): Promise<void> {
    await runSlice(this.#need(this.#session, 'open'), request, this.#place, this.#control)
    this.#slicesWaiting -= 1
    this.#control.draining = false
    if (this.#place.guard.doubtful) this.#leave()
  }

  #need<T>(value: T | undefined, request: string): T {
    if (value === undefined) throw new Error(`The task process got no '${request}' request before this one`)
    return value
  }
}
