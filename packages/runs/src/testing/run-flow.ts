import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { Client, type Run } from '@flowctl/client'
import type { GivenParameter } from '@flowctl/core'
import { openStore } from '@flowctl/datastore'
import type { RunEvent } from '@flowctl/engine'
import { openFlow } from '../flow/open-flow.ts'
import type { OpenOptions } from '../flow/opened-flow.ts'

/** Texts are taken as on the command line; anything else is written as JSON first, lists of a `separator` parameter joined. */
export type ParameterValue = string | number | boolean | null | readonly unknown[] | { readonly [key: string]: unknown }

/** The files that task processes load. */
type Product = Pick<OpenOptions, 'api' | 'taskProcess'>

export interface RunFlowOptions {
  /** By field. */
  readonly parameters?: Readonly<Record<string, ParameterValue>>
  /** Folder or URL where the run is kept. @default a folder that is removed when the process ends */
  readonly datastore?: string
  readonly tags?: readonly string[]
  readonly user?: string
  /** Decorators added to every step that lacks them, e.g. `retry:times=3`. */
  readonly with?: readonly string[]
  /** @default the number of cores */
  readonly maxWorkers?: number
  readonly maxNumSplits?: number
  /** Every task gets a process of its own. @default false */
  readonly isolate?: boolean
  /** Environment of the task processes. @default that of this process */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Told of everything that happens in the run. */
  readonly onEvent?: (event: RunEvent) => void
}

/** `runFlow` with the given files of flowctl. */
export async function runFlowWith<F>(product: Product, file: string, options: RunFlowOptions): Promise<Run<F>> {
  // A test has no main file that would hand the environment over.
  // oxlint-disable-next-line node/no-process-env
  const env = options.env ?? process.env
  const store = await openStore(options.datastore ?? temporaryFolder('datastore'), { env, check: 'write' })
  const { tags, maxNumSplits, onEvent } = options
  const opened = await openFlow(file, {
    store,
    cacheDir: temporaryFolder('cache'),
    ...product,
    env,
    with: options.with ?? [],
    isolate: options.isolate ?? false,
    ...(options.maxWorkers === undefined ? {} : { maxWorkers: options.maxWorkers }),
  })
  try {
    const run = await opened.run({
      parameters: givenParameters(opened.description.parameters, options.parameters ?? {}),
      user: options.user ?? userInfo().username,
      ...(tags === undefined ? {} : { tags }),
      ...(maxNumSplits === undefined ? {} : { maxNumSplits }),
      ...(onEvent === undefined ? {} : { onEvent }),
    })
    await run.ended
    const client = new Client({ datastore: store, namespace: null })
    return await client.run<F>(`${run.record.flow}/${run.record.run}`)
  } finally {
    await opened.close()
  }
}

function givenParameters(
  declared: readonly { readonly field: string; readonly separator?: string }[],
  values: Readonly<Record<string, ParameterValue>>,
): Record<string, GivenParameter> {
  const given: Record<string, GivenParameter> = {}
  for (const [field, value] of Object.entries(values)) {
    const separator = declared.find((parameter) => parameter.field === field)?.separator
    const list = Array.isArray(value) && separator !== undefined ? value.join(separator) : value
    given[field] = { text: typeof list === 'string' ? list : JSON.stringify(list), source: `parameters.${field}` }
  }
  return given
}

const folders = new Map<string, string>()

/** One of each kind for the life of the process. */
function temporaryFolder(kind: string): string {
  const known = folders.get(kind)
  if (known !== undefined) return known
  const folder = mkdtempSync(join(tmpdir(), `flowctl-test-${kind}-`))
  folders.set(kind, folder)
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}
