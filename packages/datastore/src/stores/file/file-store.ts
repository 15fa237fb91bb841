import * as fs from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  isFlowctlError,
  type Body,
  type ConditionalPutResult,
  type ListOptions,
  type ListPage,
  type ObjectStore,
  type PutResult,
  type StoredObject,
} from '@flowctl/core'
import { chunksOf } from '../../bytes/chunks.ts'
import { codeOf, isAbsent, storeError } from './errors.ts'
import { etagOf, etagWhenAsked } from './etags.ts'
import { FileListing } from './listing.ts'
import { placeIfAbsent, placeIfMatch } from './placing.ts'
import { readFile, readFileNow } from './reading.ts'
import {
  makeFolder,
  removeQuietly,
  replace,
  syncFolderNow,
  writeHashed,
  writeTemporary,
  type Writing,
} from './writing.ts'
import { checkKey, checkPrefix } from '../shared/keys.ts'

export interface FileStoreOptions {
  /**
   * Make every write outlive a power cut, at the price of several milliseconds each. Without it a write outlives the
   * death of any process, not of the machine. @default false
   */
  readonly fsync?: boolean
  /** Whether nobody else waits for this thread now: then writes of some megabytes do without the thread pool, too. @default never */
  readonly alone?: () => boolean
}

/**
 * A store in a folder: every object is a file. The folder is made with the first write. A write is a temporary file beside the
 * object's place, then one rename (`put`) or link (`putIfAbsent`), or a rename under a lock file (`putIfMatch`, atomic against
 * other `putIfMatch`).
 */
export function fileStore(root: string, options: FileStoreOptions = {}): ObjectStore {
  return new FileStore(resolve(root), options)
}

class FileStore implements ObjectStore {
  readonly url: string
  readonly #root: string
  readonly #fsync: boolean
  readonly #alone: () => boolean
  readonly #listing: FileListing

  constructor(root: string, { fsync = false, alone = () => false }: FileStoreOptions) {
    this.url = pathToFileURL(root).href
    this.#root = root
    this.#fsync = fsync
    this.#alone = alone
    this.#listing = new FileListing(root)
  }

  readonly sync = {
    get: (key: string): Uint8Array | undefined => this.#reading(key, (path) => readFileNow(path)),
    getRange: (key: string, from: number, to: number): Uint8Array | undefined =>
      this.#reading(key, (path) => readFileNow(path, from, to)),
  }

  async get(key: string): Promise<StoredObject | undefined> {
    const path = this.#pathOf(key)
    try {
      const bytes = await readFile(path)
      return bytes && { bytes, etag: etagOf([bytes], path) }
    } catch (error) {
      throw storeError(error, 'read', path)
    }
  }

  async getRange(key: string, from: number, to: number): Promise<Uint8Array | undefined> {
    const path = this.#pathOf(key)
    try {
      return await readFile(path, from, to)
    } catch (error) {
      throw storeError(error, 'read', path)
    }
  }

  async put(key: string, body: Body): Promise<PutResult> {
    const chunks = chunksOf(body)
    return this.#writing(key, chunks, async (temporary, path): Promise<PutResult> => {
      const etag = etagWhenAsked(chunks, temporary)
      await replace(temporary, path)
      return {
        get etag() {
          return etag()
        },
      }
    })
  }

  async putHashed(body: Body, keyOf: (hash: string) => string): Promise<string> {
    // As good a place for the temporary file as any: where it would be with another hash.
    let path = this.#pathOf(keyOf('0'.repeat(64)))
    let temporary: string | undefined
    try {
      const written = await writeHashed(path, chunksOf(body), this.#how())
      temporary = written.temporary
      path = this.#pathOf(keyOf(written.hash))
      if (!fs.existsSync(path)) {
        makeFolder(dirname(path), this.#fsync)
        await replace(temporary, path)
      }
      if (this.#fsync) syncFolderNow(dirname(path))
      return written.hash
    } catch (error) {
      throw isFlowctlError(error) ? error : storeError(error, 'write', path)
    } finally {
      if (temporary !== undefined) removeQuietly(temporary)
    }
  }

  async putIfAbsent(key: string, body: Body): Promise<ConditionalPutResult> {
    if (fs.existsSync(this.#pathOf(key))) return { written: false }
    const chunks = chunksOf(body)
    return this.#writing(key, chunks, async (temporary, path): Promise<ConditionalPutResult> => {
      const etag = etagWhenAsked(chunks, temporary)
      if (!(await placeIfAbsent(temporary, path, key))) return { written: false }
      return {
        written: true,
        get etag() {
          return etag()
        },
      }
    })
  }

  prepare(key: string): void {
    if (this.#fsync) return
    // Off this thread: to make a folder can take as long as all the rest of a write. That says what is wrong.
    fs.mkdir(dirname(this.#pathOf(key)), { recursive: true }, () => {})
  }

  async putIfMatch(key: string, body: Body, etag: string): Promise<ConditionalPutResult> {
    const chunks = chunksOf(body)
    if (!fs.existsSync(this.#pathOf(key))) return { written: false }
    return this.#writing(key, chunks, async (temporary, path): Promise<ConditionalPutResult> => {
      const etagNow = etagOf(chunks, temporary)
      return (await placeIfMatch(temporary, path, key, etag)) ? { written: true, etag: etagNow } : { written: false }
    })
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListPage> {
    checkPrefix(prefix)
    try {
      return await this.#listing.list(prefix, options)
    } catch (error) {
      throw storeError(error, 'read', join(this.#root, prefix))
    }
  }

  async delete(key: string): Promise<void> {
    const path = this.#pathOf(key)
    try {
      fs.unlinkSync(path)
    } catch (error) {
      // Of a folder some systems say EISDIR, others EPERM.
      const isFolder = () => fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
      if (isAbsent(error) || codeOf(error) === 'EISDIR' || (codeOf(error) === 'EPERM' && isFolder())) return
      throw storeError(error, 'write', path)
    }
  }

  #how(): Writing {
    return { fsync: this.#fsync, alone: this.#alone() }
  }

  #pathOf(key: string): string {
    checkKey(key)
    return join(this.#root, key)
  }

  #reading<T>(key: string, read: (path: string) => T): T {
    const path = this.#pathOf(key)
    try {
      return read(path)
    } catch (error) {
      throw storeError(error, 'read', path)
    }
  }

  /** Hands a temporary file with the chunks to `place`; whatever happens, it does not stay. */
  async #writing<T>(
    key: string,
    chunks: readonly Uint8Array[],
    place: (temporary: string, path: string) => Promise<T>,
  ): Promise<T> {
    const path = this.#pathOf(key)
    let temporary: string | undefined
    try {
      temporary = await writeTemporary(path, chunks, this.#how())
      const result = await place(temporary, path)
      if (this.#fsync) syncFolderNow(dirname(path))
      return result
    } catch (error) {
      throw isFlowctlError(error) ? error : storeError(error, 'write', path)
    } finally {
      if (temporary !== undefined) removeQuietly(temporary)
    }
  }
}
