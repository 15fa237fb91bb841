import { spawnSync } from 'node:child_process'
import { accessSync, constants, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

const COMMAND = 'apt-get install -y --no-install-recommends redis-server'
const APT = 'apt-get -y -qq -o DPkg::Lock::Timeout=300'
const PATIENCE_MS = 400_000

let known: { readonly missing: string | undefined } | undefined

/**
 * What a person has to install before tests can use Redis; `undefined` when it is there. Installs it first where that can be done:
 * on Debian, as root, once for all test files. Says what is missing once in a test run.
 */
export function missingRedis(): string | undefined {
  known ??= { missing: look() }
  return known.missing
}

function look(): string | undefined {
  if (isProgram('redis-server')) return undefined
  if (process.getuid?.() === 0 && isProgram('apt-get') && isProgram('flock') && install()) return undefined
  const missing = `Redis tests need redis-server on the PATH: ${COMMAND}`
  const told = join(tmpdir(), `flowctl-no-redis-${process.ppid}`)
  if (mkdirSync(told, { recursive: true }) !== undefined) process.stderr.write(`${missing}\n`)
  return missing
}

/** The package starts a server of its own where it can; the tests leave the port to others. */
function install(): boolean {
  const steps = [
    'command -v redis-server && exit 0',
    `${APT} update`,
    `${APT} install --no-install-recommends redis-server`,
    'service redis-server stop',
  ]
  spawnSync('flock', [join(tmpdir(), 'flowctl-install-redis.lock'), 'sh', '-c', steps.join('\n')], {
    stdio: 'ignore',
    timeout: PATIENCE_MS,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  return isProgram('redis-server')
}

function isProgram(name: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
