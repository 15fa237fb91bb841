import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { SourceFlow } from '@flowctl/core'

import { hashOf, type Code } from '../package/code-package.ts'
import { writeFileAtomically } from './write-atomically.ts'
import { fingerprintsOf, newestChange, unchanged, type Fingerprints } from './fingerprint.ts'
import { isCached } from './prune.ts'

export interface CachedFlow {
  readonly className: string
  readonly source: SourceFlow
  readonly code: Code
  readonly notes: readonly string[]
}

interface Entry {
  readonly compiler: string
  readonly options: string
  readonly className: string
  readonly source: SourceFlow
  readonly hash: string
  readonly size: number
  readonly notes: readonly string[]
  readonly fingerprints: Fingerprints
}

/** A file that was written this short before it was read may be written again within one tick of its file system's clock. */
const CLOCK_TICK_MS = 20

/** This package with the exact versions of its tools: what another version compiled is not used. */
const COMPILER = hashOf(readFileSync(new URL('../../package.json', import.meta.url)))

/** What a flow file was compiled to before, if nothing it depends on has changed since. */
export async function readCompiled(cacheDir: string, file: string, options: string): Promise<CachedFlow | undefined> {
  try {
    const path = entryPath(cacheDir, file, options)
    if (!isCached(path)) return undefined
    const entry = JSON.parse(await readFile(path, 'utf8')) as Entry
    if (entry.compiler !== COMPILER || entry.options !== options || !unchanged(entry.fingerprints)) return undefined
    const packed = codePath(cacheDir, entry.hash)
    if (!isCached(packed)) return undefined
    const bytes = await readFile(packed)
    if (bytes.length !== entry.size) return undefined
    const { className, source, hash, notes } = entry
    return { className, source, code: { hash, bytes }, notes }
  } catch {
    // Missing, damaged or from elsewhere: it is only a cache.
    return undefined
  }
}

/** `startedAt`: when compiling began, so that sources still being edited are not remembered. */
export async function writeCompiled(
  cacheDir: string,
  file: string,
  compiled: CachedFlow & { readonly options: string; readonly inputs: readonly string[]; readonly startedAt: number },
): Promise<void> {
  const { className, source, code, notes, options, inputs, startedAt } = compiled
  await writeFileAtomically(codePath(cacheDir, code.hash), code.bytes)
  if (newestChange(inputs) > startedAt - CLOCK_TICK_MS) return
  const fingerprints = fingerprintsOf(inputs)
  const entry: Entry = {
    compiler: COMPILER,
    options,
    className,
    source,
    hash: code.hash,
    size: code.bytes.length,
    notes,
    fingerprints,
  }
  await writeFileAtomically(entryPath(cacheDir, file, options), JSON.stringify(entry))
}

function entryPath(cacheDir: string, file: string, options: string): string {
  return join(cacheDir, 'flows', `${hashOf(JSON.stringify([file, options])).slice(0, 32)}.json`)
}

function codePath(cacheDir: string, hash: string): string {
  return join(cacheDir, 'code', `${hash}.json`)
}
