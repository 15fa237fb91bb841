import { describe, expect, it } from 'vitest'
import { runCommand } from '../run-command.mjs'

const node = (script: string, limitSeconds = 20) => runCommand(process.execPath, ['-e', script], { limitSeconds })

describe('running a command', () => {
  it('keeps what it wrote on both streams', async () => {
    const { ok, output } = await node('console.log("out"); console.error("err")')
    expect(ok).toBe(true)
    expect(output).toContain('out\n')
    expect(output).toContain('err\n')
  })

  it('says when it failed', async () => {
    expect(await node('process.exit(3)')).toEqual({ ok: false, output: '' })
    expect(await runCommand('no-such-program', [], { limitSeconds: 5 })).toMatchObject({ ok: false })
  })

  it('stops it, and what it started, when it takes too long', async () => {
    const start = Date.now()
    // The grandchild holds the output open: unless it is killed too, this takes a minute.
    const script = `require('child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], { stdio: 'inherit' })`
    const { ok, output } = await node(script, 1)
    expect(ok).toBe(false)
    expect(output).toContain('more than 1 s')
    expect(Date.now() - start).toBeLessThan(20_000)
  })
})
