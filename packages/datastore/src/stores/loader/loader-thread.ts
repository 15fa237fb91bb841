import { workerData } from 'node:worker_threads'
import { inParallel } from '@flowctl/basics'
import { toWire, type ObjectStore } from '@flowctl/core'
import { openStore } from '../open/open-store.ts'
import { ANSWERED, BEAT_MS, BEATS, type LoaderStart, type ReadAnswer, type ReadRequest } from './messages.ts'

/*
 * The thread that reads for code that cannot wait: it waits instead. One request, of one key or of many, is under way at a time,
 * since whoever asks stands still until the answer is there.
 */

const PARALLEL_READS = 32

const { url, options, port, signals } = workerData as LoaderStart
setInterval(() => Atomics.add(signals, BEATS, 1), BEAT_MS)

let opened: Promise<ObjectStore> | undefined

port.on('message', (request: ReadRequest) => {
  void answer(request).then((result) => {
    const found = 'bytes' in result ? result.bytes.filter((bytes) => bytes !== undefined) : []
    port.postMessage(
      result,
      found.map((bytes) => bytes.buffer as ArrayBuffer),
    )
    Atomics.store(signals, ANSWERED, 1)
    Atomics.notify(signals, ANSWERED)
  })
})

async function answer({ keys, range }: ReadRequest): Promise<ReadAnswer> {
  try {
    const store = await (opened ??= openStore(url, options))
    const read = async (key: string): Promise<Uint8Array | undefined> =>
      range === undefined ? (await store.get(key))?.bytes : store.getRange(key, range.from, range.to)
    return { bytes: await inParallel(keys, PARALLEL_READS, read) }
  } catch (error) {
    return { error: toWire(error) }
  }
}
