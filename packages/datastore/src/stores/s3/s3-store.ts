import type {
  Body,
  ConditionalPutResult,
  ListOptions,
  ListPage,
  ObjectStore,
  PutResult,
  StoredObject,
  SyncReads,
} from '@flowctl/core'
import { DeleteObjectCommand } from '@aws-sdk/client-s3'
import { chunksOf } from '../../bytes/chunks.ts'
import { checkKey, checkPrefix } from '../shared/keys.ts'
import type { Connection } from './connection.ts'
import { objectAt } from './objects/bucket.ts'
import { explained, persist } from './requests.ts'
import { listObjects } from './listing.ts'
import { readObject } from './reading.ts'
import { putObject, putObjectIf } from './writing.ts'

/** A store in a bucket of S3, or of a server that speaks as S3 does. Every request is tried again within the connection's limits. */
export class S3Store implements ObjectStore {
  readonly url: string
  readonly sync: SyncReads
  readonly #connection: Connection

  constructor(connection: Connection, sync: Required<SyncReads>) {
    const { bucket, prefix } = connection.settings
    this.url = `s3://${bucket}${prefix === '' ? '' : `/${prefix.slice(0, -1)}`}`
    this.#connection = connection
    this.sync = {
      get: (key) => (checkKey(key), sync.get(key)),
      getRange: (key, from, to) => (checkKey(key), sync.getRange(key, from, to)),
      getMany: (keys) => (keys.forEach(checkKey), sync.getMany(keys)),
    }
  }

  async get(key: string): Promise<StoredObject | undefined> {
    checkKey(key)
    return readObject(this.#connection, key)
  }

  async getRange(key: string, from: number, to: number): Promise<Uint8Array | undefined> {
    checkKey(key)
    return (await readObject(this.#connection, key, from, to))?.bytes
  }

  async put(key: string, body: Body): Promise<PutResult> {
    checkKey(key)
    return putObject(this.#connection, key, chunksOf(body))
  }

  async putIfAbsent(key: string, body: Body): Promise<ConditionalPutResult> {
    checkKey(key)
    return putObjectIf(this.#connection, key, chunksOf(body), { IfNoneMatch: '*' })
  }

  async putIfMatch(key: string, body: Body, etag: string): Promise<ConditionalPutResult> {
    checkKey(key)
    return putObjectIf(this.#connection, key, chunksOf(body), { IfMatch: etag })
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListPage> {
    checkPrefix(prefix)
    return listObjects(this.#connection, prefix, options)
  }

  async delete(key: string): Promise<void> {
    checkKey(key)
    const command = new DeleteObjectCommand(objectAt(this.#connection.settings, key))
    await explained(this.#connection, key, () => persist(this.#connection, () => this.#connection.client.send(command)))
  }
}
