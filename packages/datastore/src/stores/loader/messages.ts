import type { MessagePort } from 'node:worker_threads'
import type { WireError } from '@flowctl/core'
import type { OpenStoreOptions } from '../open/open-options.ts'

/** What a loader thread is started with. */
export interface LoaderStart {
  readonly url: string
  readonly options: OpenStoreOptions
  readonly port: MessagePort
  /** ANSWERED and BEATS. */
  readonly signals: Int32Array<SharedArrayBuffer>
}

/** Index of the signal that an answer is in the port: 0 or 1. */
export const ANSWERED = 0
/** Index of the count that goes up while the thread is alive. */
export const BEATS = 1
export const BEAT_MS = 1000

export interface ReadRequest {
  readonly keys: readonly string[]
  /** Absent: the whole objects. */
  readonly range?: { readonly from: number; readonly to: number }
}

export type ReadAnswer =
  /** By key. The bytes' ArrayBuffers are handed over, not copied. */
  { readonly bytes: (Uint8Array | undefined)[] } | { readonly error: WireError }
