import type * as model from '../objects/model.ts'
import { Client, type ClientOptions } from './client.ts'

let client = new Client()

/** Sets how `Flow.open`, `Run.open` and the like find runs; what is not given is as it was at first. */
export function configureClient(options: ClientOptions): void {
  client = new Client(options)
}

/** The tag whose runs are seen; `null` when all are. */
export function getNamespace(): string | null {
  return client.namespace
}

/** Sees the runs with this tag only (`user:ada`, or any tag), or all with `null`. Objects that are open already see it at once. */
export function setNamespace(namespace: string | null): void {
  client.namespace = namespace
}

/** The names of all flows that were ever run in the datastore, sorted. */
export function listFlows(): Promise<readonly string[]> {
  return client.flows()
}

export type Flow<F = unknown> = model.Flow<F>
export const Flow = {
  /** Opens a flow by name. Throws FLOW_UNKNOWN, DATASTORE_NOT_FOUND. */
  open: <F = unknown>(name: string): Promise<Flow<F>> => client.flow<F>(name),
}

export type Run<F = unknown> = model.Run<F>
export const Run = {
  /** Opens `Flow/run`. Throws FLOW_UNKNOWN, RUN_UNKNOWN, NAMESPACE_MISMATCH, PATHSPEC_INVALID, DATASTORE_NOT_FOUND. */
  open: <F = unknown>(pathspec: string): Promise<Run<F>> => client.run<F>(pathspec),
}

export type Step<F = unknown> = model.Step<F>
export const Step = {
  /** Opens `Flow/run/step`. Throws STEP_UNKNOWN, and what `Run.open` does. */
  open: <F = unknown>(pathspec: string): Promise<Step<F>> => client.step<F>(pathspec),
}

export type Task<F = unknown> = model.Task<F>
export const Task = {
  /** Opens `Flow/run/step/task`. Throws TASK_UNKNOWN, and what `Step.open` does. */
  open: <F = unknown>(pathspec: string): Promise<Task<F>> => client.task<F>(pathspec),
}

export type Artifact<T = unknown> = model.Artifact<T>
export const Artifact = {
  /** Opens `Flow/run/step/task/artifact`. Throws ARTIFACT_UNKNOWN, and what `Task.open` does. */
  open: <T = unknown>(pathspec: string): Promise<Artifact<T>> => client.artifact<T>(pathspec),
}
