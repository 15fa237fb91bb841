import { existsSync } from 'node:fs'
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads'
import { flowError, fromWire, type SyncReads } from '@flowctl/core'
import type { OpenStoreOptions } from '../open/open-options.ts'
import { ANSWERED, BEATS, type LoaderStart, type ReadAnswer, type ReadRequest } from './messages.ts'

const ENTRY = new URL('./loader-thread.js', import.meta.url)
/** A thread that does not even beat for so long is dead. Starting on a busy machine takes seconds. */
const SILENCE_MS = 30_000

/** What the thread opens, as for `openStore`. All of it is copied to the thread. */
export interface Opening {
  readonly url: string
  readonly options: OpenStoreOptions
}

/**
 * Reads that do not wait, of a store that only has reads that do: a thread opens the store a second time and reads, while the calling
 * thread stands still. The thread starts with the first read, is kept for the next ones, and keeps no process alive.
 * Bytes are handed over between the threads, not copied. Throws what the store throws, and DATASTORE_NO_SYNC_READS.
 */
export function syncReads(opening: Opening, entry: URL = ENTRY): Required<SyncReads> {
  let thread: LoaderThread | undefined
  const ask = (request: ReadRequest): (Uint8Array | undefined)[] => {
    if (thread === undefined || thread.isDead) thread = new LoaderThread(opening, entry)
    return thread.ask(request)
  }
  return {
    get: (key) => ask({ keys: [key] })[0],
    getRange: (key, from, to) => ask({ keys: [key], range: { from, to } })[0],
    getMany: (keys) => ask({ keys }),
  }
}

class LoaderThread {
  isDead = false
  readonly #url: string
  readonly #worker: Worker
  readonly #port: MessagePort
  readonly #signals = new Int32Array(new SharedArrayBuffer(8))

  constructor({ url, options }: Opening, entry: URL) {
    // A thread that cannot even start would be noticed late: nothing can be heard from it while this one stands still.
    if (!existsSync(entry)) throw flowError('DATASTORE_NO_SYNC_READS', { url })
    const { port1, port2 } = new MessageChannel()
    const start: LoaderStart = { url, options, port: port2, signals: this.#signals }
    this.#url = url
    this.#port = port1
    this.#worker = new Worker(entry, { name: 'flowctl loader', workerData: start, transferList: [port2], execArgv: [] })
    this.#worker.on('error', () => this.#end())
    this.#worker.on('exit', () => this.#end())
    this.#worker.unref()
    port1.unref()
  }

  ask(request: ReadRequest): (Uint8Array | undefined)[] {
    Atomics.store(this.#signals, ANSWERED, 0)
    this.#port.postMessage(request)
    this.#await()
    const { message } = receiveMessageOnPort(this.#port) as { message: ReadAnswer }
    if ('bytes' in message) return message.bytes
    throw fromWire(message.error)
  }

  #await(): void {
    for (let beats = -1; ;) {
      if (Atomics.wait(this.#signals, ANSWERED, 0, SILENCE_MS) !== 'timed-out') return
      const now = Atomics.load(this.#signals, BEATS)
      if (now === beats || now === 0) {
        this.#end()
        throw flowError('DATASTORE_NO_SYNC_READS', { url: this.#url })
      }
      beats = now
    }
  }

  #end(): void {
    this.isDead = true
    this.#port.close()
    void this.#worker.terminate()
  }
}
