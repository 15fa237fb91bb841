import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'

const FLOWCTL = fileURLToPath(new URL('../../packages/cli/bin/flowctl.js', import.meta.url))
const LIMIT_MS = 10 * 60_000
const MEMORY_EVERY_MS = 50

/**
 * Runs Node with these arguments to its end.
 *
 * @param {readonly string[]} args
 * @param {string} cwd
 * @returns {Promise<{ ms: number, peakMB: number | undefined }>} wall time, and the most memory that this process (not
 *   its children) held, where the system tells
 */
export function timeNode(args, cwd) {
  return new Promise((resolve, reject) => {
    const start = performance.now()
    const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout: LIMIT_MS })
    let output = ''
    let peakMB = /** @type {number | undefined} */ (undefined)
    const keep = (/** @type {string} */ text) => (output = `${output}${text}`.slice(-4000))
    child.stdout.setEncoding('utf8')
    child.stderr.setEncoding('utf8')
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    const memory = setInterval(() => (peakMB = peakMemory(child.pid) ?? peakMB), MEMORY_EVERY_MS)
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearInterval(memory)
      if (code === 0) resolve({ ms: performance.now() - start, peakMB })
      else reject(new Error(`node ${args.join(' ')} ended with ${code ?? signal}:\n${output}`))
    })
  })
}

/**
 * Runs the built command line, as a user would.
 *
 * @param {readonly string[]} args
 * @param {string} cwd
 */
export function timeFlowctl(args, cwd) {
  return timeNode([FLOWCTL, ...args], cwd)
}

/**
 * The most memory a process has held so far; Linux keeps count of it.
 *
 * @param {number | undefined} pid
 */
function peakMemory(pid) {
  try {
    const match = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return match === null ? undefined : Number(match[1]) / 1024
  } catch {
    return undefined
  }
}
