import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The repository's root, whatever the current directory is. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url))

/**
 * Runs a program to its end and keeps what it wrote. A program that outlives its limit is killed with everything it
 * started, and counts as failed.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ limitSeconds: number, cwd?: string }} options
 * @returns {Promise<{ ok: boolean, output: string }>} standard output and standard error, in the order they came
 */
export function runCommand(program, args, { limitSeconds, cwd = ROOT }) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const keep = (/** @type {string} */ text) => (output += text)
    child.stdout.setEncoding('utf8')
    child.stderr.setEncoding('utf8')
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    const limit = setTimeout(() => {
      output += `\nstopped: it took more than ${limitSeconds} s\n`
      killGroup(child.pid)
    }, limitSeconds * 1000)
    child.on('error', (error) => {
      clearTimeout(limit)
      resolve({ ok: false, output: `${program} did not start: ${error.message}` })
    })
    child.on('close', (code) => {
      clearTimeout(limit)
      resolve({ ok: code === 0, output })
    })
  })
}

/** @param {number | undefined} pid leader of the group */
function killGroup(pid) {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It ended in the same moment.
  }
}
