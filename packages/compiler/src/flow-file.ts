import { readdirSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'

import { flowError, nearest } from '@flowctl/core'

const EXTENSIONS = ['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs', '.jsx']

/** The absolute path, links followed, of a flow file that exists. Throws FLOW_FILE_*. */
export function flowFile(given: string): string {
  const path = resolve(given)
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) {
    const similar = similarFile(given, path)
    throw flowError('FLOW_FILE_NOT_FOUND', { file: given, ...(similar === undefined ? {} : { similar }) })
  }
  // As Node and the bundler do, so that all speak of a file by one name.
  const file = realpathSync(path)
  if (found.isDirectory()) throw flowError('FLOW_FILE_IS_FOLDER', { file: given, candidates: sourcesIn(file) })
  if (!EXTENSIONS.includes(extname(file)) || /\.d\.[mc]?ts$/.test(file)) {
    throw flowError('FLOW_FILE_KIND', { file: given, allowed: EXTENSIONS })
  }
  return file
}

function similarFile(given: string, file: string): string | undefined {
  const names = sourcesIn(dirname(file))
  const name = basename(file)
  const meant = names.find((one) => basename(one, extname(one)) === name) ?? nearest(name, names)
  return meant === undefined ? undefined : join(dirname(given), meant)
}

function sourcesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => EXTENSIONS.includes(extname(name)) && !/\.d\.[mc]?ts$/.test(name))
  } catch {
    return []
  }
}
