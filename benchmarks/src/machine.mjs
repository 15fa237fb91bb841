import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** What the numbers were measured on. The load is that of the minute before: well under 1 on a quiet machine. */
export function machine() {
  const cores = cpus()
  return {
    cpu: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    memoryGB: round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()} ${arch()}`,
    load: round(loadavg()[0] ?? 0),
  }
}

export function versions() {
  const { version } = JSON.parse(readFileSync(`${ROOT}packages/cli/package.json`, 'utf8'))
  return { node: process.versions.node, flowctl: version, commit: commit() }
}

/** The commit measured; `+` when files have changed since; undefined outside a git checkout. */
function commit() {
  const git = (/** @type {string[]} */ ...args) =>
    execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  try {
    return (
      git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '--untracked-files=no') === '' ? '' : '+')
    )
  } catch {
    return undefined
  }
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10
}
