import * as fs from 'node:fs'
import { join } from 'node:path'
import { RecentMap } from '@flowctl/basics'
import type { ListOptions, ListPage } from '@flowctl/core'
import { isAbsent } from './errors.ts'
import { isKeyPart } from '../shared/keys.ts'
import { lowerBound, PageBuilder } from '../shared/page.ts'

/**
 * Lists the objects under a folder in the order of their keys: a folder sorts as its name and a `/`, which is what its keys
 * start with. Files that come and go meanwhile may be in the page or not; all others are.
 */
export class FileListing {
  readonly #root: string
  readonly #folders = new FolderCache()

  constructor(root: string) {
    this.#root = root
  }

  async list(prefix: string, options: ListOptions): Promise<ListPage> {
    const page = new PageBuilder(options.limit)
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
    await this.#visit({ folder, prefix, cursor: options.cursor, rollUp: options.delimiter !== undefined }, page)
    return page.page()
  }

  /** Adds what is in the folder to the page. False: the page is full. */
  async #visit(at: Visit, page: PageBuilder): Promise<boolean> {
    const entries = await this.#folders.read(join(this.#root, at.folder))
    const { folder, prefix, cursor } = at
    const from = firstEntry(entries, folder, prefix, cursor)
    for (let i = from; i < entries.length; i += 1) {
      const full = folder + (entries[i] as string)
      if (!full.startsWith(prefix) && !prefix.startsWith(full)) break
      if (!full.endsWith('/')) {
        if (!page.hasRoom()) return false
        page.addKey(full)
      } else if (at.rollUp) {
        if (!(await this.#hasObject(full))) continue
        if (!page.hasRoom()) return false
        page.addPrefix(full)
      } else if (!(await this.#visit({ ...at, folder: full }, page))) {
        return false
      }
    }
    return true
  }

  /** A folder may be empty: one whose first object is being written, or whose objects were deleted. */
  async #hasObject(folder: string): Promise<boolean> {
    const entries = await this.#folders.read(join(this.#root, folder))
    if (entries.some((entry) => !entry.endsWith('/'))) return true
    for (const entry of entries) {
      if (await this.#hasObject(folder + entry)) return true
    }
    return false
  }
}

interface Visit {
  /** `''`, or the folder's path with a `/` at its end. */
  readonly folder: string
  readonly prefix: string
  readonly cursor: string | undefined
  readonly rollUp: boolean
}

/** Where the entries start that are below the prefix and after the cursor. A folder that holds the cursor is one of them. */
function firstEntry(entries: readonly string[], folder: string, prefix: string, cursor: string | undefined): number {
  const first = prefix.length > folder.length ? lowerBound(entries, prefix.slice(folder.length)) : 0
  if (cursor === undefined || cursor < folder) return first
  if (!cursor.startsWith(folder)) return entries.length
  const tail = cursor.slice(folder.length)
  const slash = tail.indexOf('/')
  // The cursor is an entry of this folder: go on after it. Or it is below a folder: go on in there.
  const inside = slash !== -1 && slash < tail.length - 1
  const head = slash === -1 ? tail : tail.slice(0, slash + 1)
  let after = lowerBound(entries, head)
  if (!inside && entries[after] === head) after += 1
  return Math.max(first, after)
}

/** Reading a folder of 100,000 entries for every page of it would cost more than all the rest. */
const CACHED_FROM = 2000
const CACHED_FOLDERS = 4
/** The time of change of a folder is this coarse: a change this soon after a reading might not show in it. */
const COARSE_MS = 50

class FolderCache {
  readonly #cached = new RecentMap<string, { readonly changed: bigint; readonly entries: readonly string[] }>(
    CACHED_FOLDERS,
  )

  async read(path: string): Promise<readonly string[]> {
    try {
      const cached = this.#cached.get(path)
      if (cached !== undefined && fs.statSync(path, { bigint: true }).mtimeNs === cached.changed) return cached.entries
      this.#cached.delete(path)
      const now = Date.now()
      const changed = fs.statSync(path, { bigint: true }).mtimeNs
      const entries = namesOf(await fs.promises.readdir(path, { withFileTypes: true }))
      if (entries.length >= CACHED_FROM && BigInt(now - COARSE_MS) * 1_000_000n > changed) {
        this.#cached.set(path, { changed, entries })
      }
      return entries
    } catch (error) {
      if (isAbsent(error)) return []
      throw error
    }
  }
}

function namesOf(entries: readonly fs.Dirent[]): string[] {
  const names: string[] = []
  for (const entry of entries) {
    if (!isKeyPart(entry.name)) continue
    if (entry.isDirectory()) names.push(`${entry.name}/`)
    else if (entry.isFile()) names.push(entry.name)
    else if (entry.isSymbolicLink()) names.push(...linked(entry))
  }
  return names.sort()
}

function linked(entry: fs.Dirent): string[] {
  try {
    return [fs.statSync(join(entry.parentPath, entry.name)).isDirectory() ? `${entry.name}/` : entry.name]
  } catch {
    return []
  }
}
