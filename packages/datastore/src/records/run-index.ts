import { layout, type ListPage, type ObjectStore } from '@flowctl/core'

export interface RunPage {
  /** Run ids, newest first. */
  readonly runs: readonly string[]
  /** Given when there are more. */
  readonly cursor?: string
}

export interface RunPageOptions {
  /** Most runs of the page. @default 1000 */
  readonly limit?: number
  /** Where the last page ended. */
  readonly cursor?: string
}

/** One page of a flow's runs, newest first, from one page of a listing: no run is read. */
export async function listRuns(store: ObjectStore, flow: string, options: RunPageOptions = {}): Promise<RunPage> {
  const { keys, cursor } = await store.list(layout.runIndexPrefix(flow), options)
  const runs = keys.map(layout.runOfIndexKey)
  return cursor === undefined ? { runs } : { runs, cursor }
}

export async function latestRunId(store: ObjectStore, flow: string): Promise<string | undefined> {
  return newestIn(store, layout.runIndexPrefix(flow))
}

/** The newest run, by its start, of those that succeeded. */
export async function latestSuccessfulRunId(store: ObjectStore, flow: string): Promise<string | undefined> {
  return newestIn(store, layout.successIndexPrefix(flow))
}

/** Names of the flows that have runs, in order. */
export async function listFlows(store: ObjectStore): Promise<string[]> {
  const folders: string[] = []
  let cursor: string | undefined
  do {
    const page: ListPage = await store.list('', { delimiter: '/', ...(cursor !== undefined && { cursor }) })
    folders.push(...page.prefixes)
    cursor = page.cursor
  } while (cursor !== undefined)
  const flows = folders.map((folder) => folder.slice(0, -1))
  const newest = await Promise.all(flows.map((flow) => latestRunId(store, flow)))
  return flows.filter((_, i) => newest[i] !== undefined)
}

async function newestIn(store: ObjectStore, prefix: string): Promise<string | undefined> {
  const { keys } = await store.list(prefix, { limit: 1 })
  return keys[0] === undefined ? undefined : layout.runOfIndexKey(keys[0])
}
