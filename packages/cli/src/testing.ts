import type { Run } from '@flowctl/client'
import { runFlowWith, type RunFlowOptions } from '@flowctl/runs/testing'
import { PRODUCT } from './package/files.ts'

export type { RunFlowOptions } from '@flowctl/runs/testing'

/**
 * Runs a flow to its end and returns the run, whatever became of it, for tests. Wrong parameters and problems of the flow are
 * thrown. Without `datastore`, it is kept in a folder that is removed when the process ends.
 *
 * @param file the flow file, relative to the current folder
 */
export async function runFlow<F = unknown>(file: string, options: RunFlowOptions = {}): Promise<Run<F>> {
  return runFlowWith<F>(PRODUCT, file, options)
}
