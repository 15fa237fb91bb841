/** Where everything is in a datastore. The only place that builds keys. */

/** Says which datastore this is, whatever path leads to it. Written by the services of shared compute. */
export const DATASTORE_ID = '.flowctl-id'

export const flowPrefix = (flow: string): string => `${flow}/`
export const dataKey = (flow: string, hash: string): string => `${flow}/data/${hash.slice(0, 2)}/${hash}`
export const codeKey = (flow: string, hash: string): string => `${flow}/code/${hash}`

/** Index objects (empty): newest run first in ascending order of key, so that one page of a listing is the newest runs. */
export const runIndexPrefix = (flow: string): string => `${flow}/index/runs/`
export const successIndexPrefix = (flow: string): string => `${flow}/index/successful/`

/** 13 digits hold milliseconds until the year 2286. */
const INVERSION = 9_999_999_999_999

/** The last part of an index key: the inverted time of creation, then the run id. */
export const indexEntry = (createdAt: number, run: string): string =>
  `${String(INVERSION - Math.floor(createdAt)).padStart(13, '0')}-${run}`

export const runOfIndexKey = (key: string): string => key.slice(key.lastIndexOf('/') + 1).slice(14)

export const runPrefix = (flow: string, run: string): string => `${flow}/runs/${run}/`
export const runKey = (flow: string, run: string): string => `${runPrefix(flow, run)}run.json`
export const tagsKey = (flow: string, run: string): string => `${runPrefix(flow, run)}tags.json`
export const adoptedKey = (flow: string, run: string): string => `${runPrefix(flow, run)}adopted`
export const stopKey = (flow: string, run: string): string => `${runPrefix(flow, run)}stop.json`
export const endKey = (flow: string, run: string): string => `${runPrefix(flow, run)}end.json`
export const heartbeatKey = (flow: string, run: string): string => `${runPrefix(flow, run)}heartbeat.json`
export const allCommitsPrefix = (flow: string, run: string): string => `${runPrefix(flow, run)}commits/`
export const commitsPrefix = (flow: string, run: string, head: string): string =>
  `${runPrefix(flow, run)}commits/${head}/`
export const commitKey = (flow: string, run: string, head: string, key: string): string =>
  `${commitsPrefix(flow, run, head)}${key}`

/** `split` is the foreach step, `task` the id of its task, `n` the number of the batch, from 1. */
export const slicePlanKey = (flow: string, run: string, split: string, task: string, n: number): string =>
  `${runPrefix(flow, run)}slices/${split}/${task}/${String(n).padStart(4, '0')}`

export const logKey = (flow: string, run: string, head: string, sliceKey: string, execution: string): string =>
  `${runPrefix(flow, run)}logs/${head}/${sliceKey}.${execution}`
