import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePorts } from '../free-ports.ts'
import { configFile, configuration, keyringFile, KEYS, monitorAddress, type CephPlace } from './configuration.ts'

export interface Ceph {
  readonly endpoint: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  stop(): Promise<void>
}

const COMMAND_MS = 5 * 60_000
const START_MS = 8 * 60_000
const STOP_MS = 60_000
const KEY = 'flowctl-tests'

/** Starts a single-node Ceph with an S3 gateway in a folder of its own. Its daemons are children of this process. */
export async function startCeph(folder: string): Promise<Ceph> {
  const monitorPort = await freePorts(2)
  const place: CephPlace = { folder, monitorPort, gatewayPort: await freePorts() }
  const daemons: ChildProcess[] = []
  const stop = async (): Promise<void> => {
    for (const daemon of daemons.toReversed()) await end(daemon)
  }
  try {
    await start(place, daemons, AbortSignal.timeout(START_MS))
  } catch (error) {
    await stop()
    throw error
  }
  const endpoint = `http://127.0.0.1:${place.gatewayPort}`
  return { endpoint, accessKeyId: KEY, secretAccessKey: KEY, stop }
}

async function start(place: CephPlace, daemons: ChildProcess[], signal: AbortSignal): Promise<void> {
  const config = ['-c', configFile(place)]
  const run = (program: string, ...words: string[]) =>
    promisify(execFile)(program, words, { timeout: COMMAND_MS, signal })
  const daemon = (program: string, ...words: string[]): void => {
    daemons.push(spawn(program, ['-f', ...config, ...words], { stdio: 'ignore' }))
  }
  const until = async (isReady: () => Promise<boolean>): Promise<void> => {
    while (!(await isReady().catch(() => false))) {
      signal.throwIfAborted()
      const dead = daemons.find((one) => one.exitCode !== null)
      if (dead !== undefined) throw new Error(`${dead.spawnargs.join(' ')} ended with ${dead.exitCode}`)
      await sleep(100)
    }
  }

  const fsid = randomUUID()
  for (const name of ['mon', 'osd', 'run']) mkdirSync(join(place.folder, name), { recursive: true })
  writeFileSync(configFile(place), configuration(place, fsid))
  for (const [name, caps] of Object.entries(KEYS)) {
    const pairs = Array.from({ length: caps.length / 2 }, (_, i) => ['--cap', ...caps.slice(2 * i, 2 * i + 2)])
    const create = name === 'mon.' ? ['--create-keyring'] : []
    await run('ceph-authtool', ...create, keyringFile(place), '--gen-key', '-n', name, ...pairs.flat())
  }
  const map = join(place.folder, 'monmap')
  await run('monmaptool', '--create', '--fsid', fsid, '--addv', 'a', monitorAddress(place), map)
  await run('ceph-mon', ...config, '--mkfs', '-i', 'a', '--monmap', map, '--keyring', keyringFile(place))
  daemon('ceph-mon', '-i', 'a')
  const ceph = (...words: string[]) => run('ceph', ...config, '--connect-timeout', '5', ...words)
  const uuid = randomUUID()
  await until(async () => (await ceph('osd', 'new', uuid)).stdout !== '')
  await run('ceph-osd', ...config, '-i', '0', '--mkfs', '--osd-uuid', uuid)
  daemon('ceph-osd', '-i', '0')
  await until(async () => (await ceph('osd', 'stat')).stdout.includes('1 up'))
  daemon('radosgw', '-n', 'client.rgw')
  await until(async () => (await fetch(`http://127.0.0.1:${place.gatewayPort}`, { signal })).ok)
  const user = ['--uid', 'tests', '--display-name', 'tests', '--access-key', KEY, '--secret-key', KEY]
  await run('radosgw-admin', ...config, 'user', 'create', ...user)
}

async function end(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return
  const ended = new Promise((resolve) => daemon.once('exit', resolve))
  // What it holds is thrown away, so there is nothing for it to finish.
  daemon.kill('SIGKILL')
  await Promise.race([ended, sleep(STOP_MS)])
}
