import type { ArtifactRef, FlowGraph, TaskError } from '@flowctl/core'
import { encodeValue, type ArtifactStore } from '@flowctl/datastore'
import type { SliceInput } from '@flowctl/runtime'
import type { CommitContext } from './commit-slice.ts'
import { caughtValue } from './verdict.ts'

/** Stores the error of a task as the artifact that its `@catchError({ var })` keeps, if its step has one. */
export async function saveCaught(
  { graph, artifacts }: { readonly graph: FlowGraph; readonly artifacts: ArtifactStore },
  step: string,
  error: TaskError,
): Promise<ArtifactRef | undefined> {
  const name = graph.steps[step]?.decorators.catchError?.var
  return name === undefined ? undefined : artifacts.save(encodeValue(caughtValue(error), name))
}

/** What a task has that is caught before it did anything: what it started from. A join starts from nothing. */
export function carriedBy(input: SliceInput): CommitContext['carried'] {
  return input.type === 'task' ? input : { artifacts: {} }
}
