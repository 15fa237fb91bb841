import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { isCached, pruneCache } from '../../src/cache/prune.ts'
import { compileFlow } from '../../src/index.ts'
import { workspace } from '../workspace.ts'

const FLOW = `import { FlowSpec, step } from 'flowctl'
export class F extends FlowSpec {
  @step start() { this.next(this.end) }
  @step end() {}
}
`
const HASH = '0123456789abcdef0123456789abcdef'
const OTHER = 'f'.repeat(32)

function age(path: string, days: number): void {
  const then = new Date(Date.now() - days * 24 * 60 * 60_000)
  utimesSync(path, then, then)
}

/** What lies in the folders that are looked through. */
function entries(cacheDir: string): string[] {
  return ['flows', 'code', 'bundles', 'externals']
    .flatMap((folder) =>
      (existsSync(join(cacheDir, folder)) ? readdirSync(join(cacheDir, folder)) : []).map((name) => join(folder, name)),
    )
    .sort()
}

function ageAll(cacheDir: string, days: number): void {
  for (const entry of entries(cacheDir)) age(join(cacheDir, entry), days)
}

describe('the cache of a folder', () => {
  it('loses what was not used for 30 days when something is added', async () => {
    const { cacheDir, path } = workspace({ 'one.ts': FLOW, 'two.ts': FLOW, 'three.ts': `${FLOW}// more` })
    const compile = (name: string): Promise<unknown> => compileFlow(path(name), { cacheDir })
    await compile('one.ts')
    ageAll(cacheDir, 31)
    const old = entries(cacheDir)
    expect(old).toHaveLength(3)
    await compile('two.ts')
    // Looked through today.
    expect(entries(cacheDir)).toEqual(expect.arrayContaining(old))
    age(join(cacheDir, 'pruned'), 2)
    await compile('three.ts')
    await vi.waitFor(() => expect(entries(cacheDir)).toHaveLength(6))
    expect(entries(cacheDir)).not.toEqual(expect.arrayContaining(old))
    await compile('one.ts')
    expect(entries(cacheDir)).toEqual(expect.arrayContaining(old))
  })

  it('keeps what is used, for however long', async () => {
    const { cacheDir, path, write } = workspace({ 'flow.ts': FLOW })
    const { bundle } = await compileFlow(path('flow.ts'), { cacheDir })
    const used = entries(cacheDir)
    ageAll(cacheDir, 31)
    await compileFlow(path('flow.ts'), { cacheDir })
    for (const entry of used) expect(Date.now() - statSync(join(cacheDir, entry)).mtimeMs).toBeLessThan(60_000)
    age(join(cacheDir, 'pruned'), 2)
    write('other.ts', `${FLOW}// other`)
    await compileFlow(path('other.ts'), { cacheDir })
    expect(entries(cacheDir)).toEqual(expect.arrayContaining(used))
    expect(existsSync(bundle)).toBe(true)
  })

  it('loses installed packages and what was left half made, and nothing that is not its own', async () => {
    const { cacheDir, path } = workspace({ 'project/node_modules/plain/index.js': 'kept' })
    const made = (name: string, days: number): string => {
      const file = join(cacheDir, name)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, name)
      age(file, days)
      return file
    }
    const old = [`externals/${HASH}`, `externals/${HASH}.1-2-3.tmp`, `bundles/${HASH}-0123456789abcdef`]
    const kept = [`externals/${OTHER}`, 'externals/mine', 'code/my-project', `notes/${HASH}`]
    for (const folder of [...old, ...kept]) made(`${folder}/deep/file.txt`, 99)
    symlinkSync(path('project/node_modules'), join(cacheDir, `bundles/${HASH}-0123456789abcdef`, 'node_modules'))
    const lock = `externals/${OTHER}.lock`
    made(lock, 0)
    for (const folder of [...old, ...kept]) age(join(cacheDir, folder), folder === `externals/${OTHER}` ? 29 : 31)

    await pruneCache(cacheDir)
    await vi.waitFor(() =>
      expect(entries(cacheDir)).toEqual(['code/my-project', `externals/${OTHER}`, lock, 'externals/mine']),
    )
    for (const folder of kept) expect(existsSync(join(cacheDir, folder, 'deep', 'file.txt'))).toBe(true)
    expect(readFileSync(path('project/node_modules/plain/index.js'), 'utf8')).toBe('kept')
  })

  it('takes a question whether something is there for its use', () => {
    const { path } = workspace({ entry: '' })
    age(path('entry'), 31)
    expect([isCached(path('entry')), isCached(path('nothing'))]).toEqual([true, false])
    expect(Date.now() - statSync(path('entry')).mtimeMs).toBeLessThan(60_000)
    expect(existsSync(path('nothing'))).toBe(false)
  })
})
