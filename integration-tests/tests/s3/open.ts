import type { ObjectStore } from '@flowctl/core'
import { openStore, type OpenStoreOptions } from '@flowctl/datastore'
import type { S3Server } from '../../servers/s3.ts'

/** The thread as it is built: Node runs no TypeScript. */
const LOADER_THREAD = new URL('../../../packages/datastore/dist/stores/loader/loader-thread.js', import.meta.url)

/** A store of its own on the server, or the one at `url`. */
export function openOn(server: S3Server, url = server.newUrl(), options: OpenStoreOptions = {}): Promise<ObjectStore> {
  return openStore(url, { env: server.env, loaderThread: LOADER_THREAD, ...options })
}
