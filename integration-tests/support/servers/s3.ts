import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { BUCKET, READY_FILE, type ServerState } from './state.ts'

export interface S3Server {
  readonly endpoint: string
  readonly bucket: string
  /** The variables that flowctl needs to reach it. */
  readonly env: Readonly<Record<string, string>>
  /** The URL of a new, empty store. */
  newUrl(): string
}

/** With an installation before it. */
const START_MS = 9 * 60_000

/**
 * The S3 server of this test run: the first test file that asks starts it, the others find it, and it stops when vitest ends.
 * `undefined` where there is none and none can be installed; then one line says what to install. FLOWCTL_TEST_S3 names
 * another server instead, `http://KEY:SECRET@HOST:PORT/BUCKET`, whose bucket exists.
 */
export async function s3Server(): Promise<S3Server | undefined> {
  const given = process.env['FLOWCTL_TEST_S3']
  if (given) {
    const { origin, username, password, pathname } = new URL(given)
    return serverAt(origin, decodeURIComponent(username), decodeURIComponent(password), pathname.slice(1))
  }
  const state = await sharedServer()
  if ('failure' in state) throw new Error(`The S3 server did not start: ${state.failure}`)
  if ('missing' in state) return undefined
  return serverAt(state.endpoint, state.accessKeyId, state.secretAccessKey, BUCKET)
}

function serverAt(endpoint: string, accessKeyId: string, secretAccessKey: string, bucket: string): S3Server {
  return {
    endpoint,
    bucket,
    env: { FLOWCTL_S3_ENDPOINT: endpoint, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
    newUrl: () => `s3://${bucket}/t-${randomBytes(6).toString('hex')}`,
  }
}

async function sharedServer(): Promise<ServerState> {
  // Test files run in child processes of vitest; the process that lives as long as the run is their parent.
  const owner = process.ppid
  const folder = join(tmpdir(), `flowctl-s3-${owner}-${startOf(owner)}`)
  const isFirst = mkdirSync(folder, { recursive: true }) !== undefined
  if (isFirst) startSupervisor(folder, owner)
  const giveUp = performance.now() + START_MS
  const file = join(folder, READY_FILE)
  while (!existsSync(file)) {
    if (performance.now() > giveUp) throw new Error(`The S3 server did not start in time; see ${folder}`)
    await sleep(100)
  }
  const state = JSON.parse(readFileSync(file, 'utf8')) as ServerState
  if (isFirst && 'missing' in state) process.stderr.write(`${state.missing}\n`)
  return state
}

function startSupervisor(folder: string, owner: number): void {
  const script = fileURLToPath(new URL('./ceph/supervisor.ts', import.meta.url))
  const log = openSync(join(folder, 'supervisor.log'), 'a')
  const child = spawn(process.execPath, ['--import', 'tsx', script, folder, String(owner)], {
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  })
  child.unref()
}

/** Tells two processes with the same number apart, where the system says when they started. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0'
  } catch {
    return '0'
  }
}
