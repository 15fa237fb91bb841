import type { ObjectStore } from '@flowctl/core'
import { openStore, type OpenStoreOptions, type S3Limits } from '@flowctl/datastore'
import { onTestFinished } from 'vitest'
import { faultyProxy, type Fate, type FaultyProxy, type SeenRequest } from '@flowctl/test-support/servers/faulty-proxy'
import type { S3Server } from '@flowctl/test-support/servers/s3'

/** The thread as it is built: Node runs no TypeScript. */
const LOADER_THREAD = new URL('../../../packages/cli/dist/bundle/loader-thread.js', import.meta.url)

/** A store of its own on the server, or the one at `url`. */
export function openOn(server: S3Server, url = server.newUrl(), options: OpenStoreOptions = {}): Promise<ObjectStore> {
  return openStore(url, { env: server.env, loaderThread: LOADER_THREAD, ...options })
}

/** Short enough for tests. */
const IMPATIENT: Partial<S3Limits> = { idleMs: 400, firstPauseMs: 20, longestPauseMs: 100 }

/** A store that is reached through a proxy, and the same one reached directly. */
export async function openThroughProxy(
  server: S3Server,
  fateOf: (seen: SeenRequest, nth: number) => Fate,
  limits: Partial<S3Limits> = {},
): Promise<{ store: ObjectStore; direct: ObjectStore; proxy: FaultyProxy }> {
  const proxy = await faultyProxy(server.endpoint, fateOf)
  onTestFinished(() => proxy.close())
  const url = server.newUrl()
  const env = { ...server.env, FLOWCTL_S3_ENDPOINT: proxy.endpoint }
  const store = await openOn(server, url, { env, check: 'none', s3: { ...IMPATIENT, ...limits } })
  return { store, direct: await openOn(server, url, { check: 'none' }), proxy }
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
export const textOf = (body: Uint8Array | undefined): string | undefined => body && new TextDecoder().decode(body)

/** Bytes that differ from place to place, and by `seed`. */
export function pattern(size: number, seed = 0): Uint8Array {
  const all = new Uint8Array(size)
  for (let i = 0; i < size; i += 1) all[i] = (i * 31 + (i >>> 13) + seed) % 251
  return all
}
