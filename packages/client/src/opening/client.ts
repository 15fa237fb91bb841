import { flowError, type ObjectStore, nearest } from '@flowctl/core'
import { latestRunId, listFlows } from '@flowctl/datastore'
import { FlowObject } from '../objects/flow-object.ts'
import type { Artifact, Flow, Run, Step, Task } from '../objects/model.ts'
import type { Session } from '../objects/session.ts'
import { defaultDatastore, defaultNamespace, defaultObserver, openDatastore } from './defaults.ts'
import { canBeName, pathspecOf } from '../objects/pathspecs.ts'

export interface ClientOptions {
  /**
   * Where runs are: a folder, a URL or an opened store.
   * @default FLOWCTL_DATASTORE, else the nearest `.flowctl` from the current folder upwards
   */
  readonly datastore?: string | ObjectStore
  /**
   * The tag whose runs are seen; `null` sees all. It is a filter, not a protection.
   * @default FLOWCTL_NAMESPACE (empty: all), else `user:NAME`
   */
  readonly namespace?: string | null
  /** The user of the default namespace. @default FLOWCTL_USER, else the name of the operating system's user */
  readonly user?: string
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number
  /** Name of this machine as run records have it. @default os.hostname() */
  readonly host?: string
  /** Whether a process of this machine lives. */
  readonly isAlive?: (pid: number) => boolean
}

/** Reads the runs of one datastore, through one namespace. Nothing is opened before something is asked for. */
export class Client {
  readonly #options: ClientOptions
  #namespace: string | null | undefined
  #session: Promise<Session> | undefined

  constructor(options: ClientOptions = {}) {
    this.#options = options
    this.#namespace = options.namespace
  }

  get namespace(): string | null {
    if (this.#namespace === undefined) this.#namespace = defaultNamespace(this.#options.user)
    return this.#namespace
  }

  set namespace(namespace: string | null) {
    this.#namespace = namespace
  }

  /** The names of all flows that were ever run, sorted. */
  async flows(): Promise<readonly string[]> {
    return await listFlows((await this.#open()).store)
  }

  /** Throws FLOW_UNKNOWN when no run of it was ever made; a flow without runs in the namespace has no runs to show. */
  async flow<F = unknown>(name: string): Promise<Flow<F>> {
    const session = await this.#open()
    const { flow } = pathspecOf(name, 'flow')
    if (!canBeName(flow) || (await latestRunId(session.store, flow)) === undefined) {
      const known = await listFlows(session.store)
      const details = { flow, datastore: session.store.url, known, nearest: nearest(flow, known) }
      throw flowError('FLOW_UNKNOWN', details)
    }
    return new FlowObject<F>(session, flow)
  }

  /** `Flow/run`. */
  async run<F = unknown>(pathspec: string): Promise<Run<F>> {
    const { flow, run } = pathspecOf(pathspec, 'run')
    return await (await this.flow<F>(flow)).run(run)
  }

  /** `Flow/run/step`. */
  async step<F = unknown>(pathspec: string): Promise<Step<F>> {
    const { flow, run, step } = pathspecOf(pathspec, 'step')
    return await (await this.run<F>(`${flow}/${run}`)).step(step)
  }

  /** `Flow/run/step/task`. */
  async task<F = unknown>(pathspec: string): Promise<Task<F>> {
    const { flow, run, step, task } = pathspecOf(pathspec, 'task')
    return await (await this.run<F>(`${flow}/${run}`)).task(step, task)
  }

  /** `Flow/run/step/task/artifact`. */
  async artifact<T = unknown>(pathspec: string): Promise<Artifact<T>> {
    const { flow, run, step, task: id, artifact: name } = pathspecOf(pathspec, 'artifact')
    const task = await this.task(`${flow}/${run}/${step}/${id}`)
    return task.artifact(name) as Artifact<T>
  }

  #open(): Promise<Session> {
    this.#session ??= this.#makeSession().catch((error: unknown) => {
      // A datastore that is not there now may be there at the next try.
      this.#session = undefined
      throw error
    })
    return this.#session
  }

  async #makeSession(): Promise<Session> {
    const { datastore = defaultDatastore(), now, host, isAlive } = this.#options
    const store = typeof datastore === 'string' ? await openDatastore(datastore) : datastore
    const usual = defaultObserver()
    return {
      store,
      namespace: () => this.namespace,
      now: now ?? usual.now,
      host: host ?? usual.host,
      isAlive: isAlive ?? usual.isAlive,
    }
  }
}
