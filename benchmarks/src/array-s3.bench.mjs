import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { layout } from '@flowctl/core'
import { ArtifactStore, encodeValue, openStore } from '@flowctl/datastore'
import { levelGround } from './level-ground.mjs'
import { check, numbers } from './numbers.mjs'
import { s3Server } from './servers.mjs'
import { timed } from './timed.mjs'

const MIB = 2 ** 20
/** What is fastest here for the raw SDK, and also what flowctl takes. */
const PART = 8 * MIB
const PARALLEL = 8

/** @type {import('./rows.mjs').Benchmark} */
export const arrayOnS3 = {
  about: `Saving and loading a Float64Array of \`size\` MB as an artifact on S3, with ArtifactStore, against the SDK's upload in parts and download of ranges of the same bytes, both ${PART / MIB} MiB at a time, ${PARALLEL} under way. The gateway keeps what is stored in memory, which limits the size. Before each side what the other one stored is deleted, and memory has been touched`,
  size: 256,
  smokeSize: 24,
  durability: 'S3: the Ceph gateway of the tests, its data in memory',
  needs: ['s3'],
  ratios: {
    'raw/flowctl': ['rawMs', 'flowctlMs'],
    'upload/save': ['uploadMs', 'saveMs'],
    'download/load': ['downloadMs', 'loadMs'],
  },
  goals: [
    {
      what: 'a large Float64Array artifact, save then load, on S3 (256 MB: the gateway keeps its data in memory)',
      text: "at least 80 % of the raw SDK's multipart upload plus parallel ranged download",
      measure: 'raw/flowctl',
      atLeast: 0.8,
    },
  ],

  async run(_, size, run) {
    const server = await s3Server()
    if (server === undefined) throw new Error('there is no S3 server')
    const values = numbers((size * MIB) / Float64Array.BYTES_PER_ELEMENT, run)
    const client = clientOf(server)
    const object = { Bucket: server.bucket, Key: `raw-${process.pid}-${run}` }
    levelGround(4 * values.byteLength)
    const upload = await timed(() => uploaded(client, object, new Uint8Array(values.buffer)))
    const download = await timed(() => downloaded(client, object, values.byteLength))
    check(values, new Float64Array(download.value))
    await client.send(new DeleteObjectCommand(object))
    levelGround(4 * values.byteLength)
    const store = await openStore(server.newUrl(), { env: server.env, check: 'none' })
    const save = await timed(() => new ArtifactStore(store, 'BenchFlow').save(encodeValue(values, 'values')))
    // As a step reads it: without waiting, through the loader thread, which is there already in a process that is warm.
    const loading = new ArtifactStore(store, 'BenchFlow')
    store.sync?.get('nothing')
    const load = await timed(() => loading.loadSync(save.value))
    check(values, load.value)
    await store.delete(layout.dataKey('BenchFlow', save.value.hash))
    client.destroy()
    const [rawMs, flowctlMs] = [upload.ms + download.ms, save.ms + load.ms]
    return { uploadMs: upload.ms, downloadMs: download.ms, rawMs, saveMs: save.ms, loadMs: load.ms, flowctlMs }
  },
}

/** @param {import('@flowctl/test-support/servers/s3').S3Server} server */
function clientOf({ endpoint, env }) {
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = env
  return new S3Client({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { httpAgent: { keepAlive: true, maxSockets: 2 * PARALLEL } },
  })
}

/**
 * @param {S3Client} client
 * @param {{ Bucket: string, Key: string }} object
 * @param {Uint8Array} bytes
 */
async function uploaded(client, object, bytes) {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(object))
  const parts = /** @type {import('@aws-sdk/client-s3').CompletedPart[]} */ ([])
  await inParts(bytes.byteLength, async (from, to) => {
    const PartNumber = from / PART + 1
    const part = { ...object, UploadId, PartNumber, Body: bytes.subarray(from, to) }
    const { ETag } = await client.send(new UploadPartCommand(part))
    parts[PartNumber - 1] = { PartNumber, ETag }
  })
  await client.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload: { Parts: parts } }))
}

/**
 * @param {S3Client} client
 * @param {{ Bucket: string, Key: string }} object
 * @param {number} size
 */
async function downloaded(client, object, size) {
  const bytes = Buffer.allocUnsafeSlow(size)
  await inParts(size, async (from, to) => {
    const answer = await client.send(new GetObjectCommand({ ...object, Range: `bytes=${from}-${to - 1}` }))
    let at = from
    for await (const piece of /** @type {AsyncIterable<Uint8Array>} */ (answer.Body)) {
      bytes.set(piece, at)
      at += piece.byteLength
    }
  })
  return bytes.buffer
}

/**
 * @param {number} size
 * @param {(from: number, to: number) => Promise<void>} move
 */
async function inParts(size, move) {
  let next = 0
  const mover = async () => {
    while (next < size) {
      const from = next
      next += PART
      await move(from, Math.min(next, size))
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, mover))
}
