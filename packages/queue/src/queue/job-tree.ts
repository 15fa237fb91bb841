import type { Job } from '@flowctl/core'

/** A job with those of its children that are added together with it. */
export interface JobTree {
  readonly job: Job
  readonly children: readonly JobTree[]
}

/** Jobs as trees: each below its parent, when that is among them. Order is kept. */
export function treesOf(jobs: readonly Job[]): readonly JobTree[] {
  const nodes = new Map(jobs.map((job) => [job.id, { job, children: [] as JobTree[] }]))
  const roots: JobTree[] = []
  for (const node of nodes.values()) {
    const parent = node.job.kind === 'finish' ? undefined : nodes.get(node.job.parent)
    ;(parent?.children ?? roots).push(node)
  }
  return roots
}
