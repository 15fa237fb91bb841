import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { isAlive } from '../../is-alive.ts'
import { BUCKET, READY_FILE, type ServerState } from '../state.ts'
import { whatToInstall } from './install.ts'
import { startCeph, type Ceph } from './start-ceph.ts'

/*
 * A process that runs the gateway for a test run: supervisor.ts FOLDER OWNER. It writes into the folder how to reach the gateway, or why
 * there is none, and stops everything when the process OWNER is gone, however that went.
 */

const LOOK_MS = 300
const [folder, owner] = process.argv.slice(2) as [string, string]

process.on('SIGINT', () => {})
let server: Ceph | undefined
try {
  const toInstall = whatToInstall()
  if (toInstall !== undefined) {
    tell({ missing: toInstall })
  } else {
    server = await startCeph(mkdtempSync(join(folder, 'ceph-')))
    await makeBucket(server)
    const { endpoint, accessKeyId, secretAccessKey } = server
    tell({ endpoint, accessKeyId, secretAccessKey })
  }
} catch (error) {
  tell({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) })
}

const watch = setInterval(() => {
  if (isAlive(Number(owner))) return
  clearInterval(watch)
  void leave()
}, LOOK_MS)
process.on('SIGTERM', () => void leave())

async function leave(): Promise<void> {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
  process.exit()
}

function tell(state: ServerState): void {
  const temporary = join(folder, 'state.tmp')
  writeFileSync(temporary, JSON.stringify(state))
  renameSync(temporary, join(folder, READY_FILE))
}

async function makeBucket({ endpoint, accessKeyId, secretAccessKey }: Ceph): Promise<void> {
  const credentials = { accessKeyId, secretAccessKey }
  const client = new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true })
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }))
  client.destroy()
}
