import { array } from './array.bench.mjs'
import { arrayOnS3 } from './array-s3.bench.mjs'
import { chain } from './chain.bench.mjs'
import { clientRuns } from './client-runs.bench.mjs'
import { clientTasks } from './client-tasks.bench.mjs'
import { concurrent } from './concurrent.bench.mjs'
import { foreach } from './foreach.bench.mjs'
import { foreachOnS3 } from './foreach-s3.bench.mjs'
import { hello } from './hello.bench.mjs'
import { isolate } from './isolate.bench.mjs'
import { joinOnS3 } from './join-s3.bench.mjs'
import { megabytes } from './megabytes.bench.mjs'
import { queueForeach, queueForeachWide } from './queue-foreach.bench.mjs'
import { queueChain, queueSequential } from './queue-steps.bench.mjs'
import { resume, resumeOnS3 } from './resume.bench.mjs'
import { skewed } from './skewed.bench.mjs'
import { slow } from './slow.bench.mjs'

/**
 * All rows by name, in the order of docs/performance.md.
 *
 * @type {Record<string, Benchmark>}
 */
export const ROWS = {
  hello,
  chain,
  isolate,
  slow,
  skewed,
  concurrent,
  foreach,
  'queue-foreach': queueForeach,
  'queue-foreach-wide': queueForeachWide,
  'queue-chain': queueChain,
  'queue-sequential': queueSequential,
  'foreach-s3': foreachOnS3,
  array,
  'array-s3': arrayOnS3,
  'client-tasks': clientTasks,
  'client-runs': clientRuns,
  resume,
  'resume-s3': resumeOnS3,
  megabytes,
  'join-s3': joinOnS3,
}

/**
 * A row. It is measured `runs` times after one run that is not counted; `--smoke` runs it once, with `smokeSize`.
 *
 * @typedef {object} Benchmark
 * @property {string} about what is measured, against what
 * @property {number} size
 * @property {number} smokeSize so small that the row takes about a second
 * @property {Record<string, readonly [string, string]>} [ratios] by name: one measure divided by another of the same run
 * @property {readonly Goal[]} [goals] each is a line of docs/performance.md
 * @property {string} [durability] what survives a crash of what, as 'AOF everysec; files without fsync'
 * @property {readonly Need[]} [needs] the row is skipped, with a line, where these cannot be had
 * @property {(folder: string, size: number) => Promise<void>} [prepare] once, before all runs
 * @property {(folder: string, size: number, run: number) => Promise<Record<string, number>>} run one run, in a folder that
 *   all runs share; run 0 is not counted. Gives measures, whose names end in their unit
 * @property {() => Promise<void>} [close] once, after all runs, also when one failed
 */

/**
 * @typedef {object} Goal
 * @property {string} what as it stands in the table: 'foreach of 10,000 no-op tasks, joined'
 * @property {string} text as it stands in the table: 'at least 2 x raw BullMQ'
 * @property {string} measure name of a ratio or a measure; its median is judged
 * @property {number} [atMost]
 * @property {number} [atLeast]
 */

/** @typedef {'redis' | 's3'} Need */
