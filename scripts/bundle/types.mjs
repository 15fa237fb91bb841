import { join } from 'node:path'
import { rollup } from 'rollup'
import { dts } from 'rollup-plugin-dts'
import { ROOT } from '../run-command.mjs'
import { CLI, OUT } from './code.mjs'

/**
 * The types of what `flowctl` exports, for ES modules and for CommonJS, made of what the compiler has written for each module.
 *
 * @returns {Promise<{ path: string, contents: Uint8Array }[]>} with absolute paths
 */
export async function bundleTypes() {
  const bundle = await rollup({
    input: { index: join(CLI, 'dist/index.d.ts'), testing: join(CLI, 'dist/testing.d.ts') },
    plugins: [ownPackages, dts()],
    onwarn({ code, message, plugin }) {
      // Types that are only reached through others need no name of their own.
      if (plugin !== 'dts') throw new Error(`${code ?? ''} ${message}`)
    },
  })
  const outputs = ['d.ts', 'd.cts'].map((ending) =>
    bundle.generate({ entryFileNames: `[name].${ending}`, chunkFileNames: `types.${ending}` }),
  )
  const files = (await Promise.all(outputs)).flatMap(({ output }) => output)
  await bundle.close()
  return files.map((file) => {
    if (file.type !== 'chunk') throw new Error(`${file.fileName} holds no types`)
    return { path: join(OUT, file.fileName), contents: Buffer.from(file.code) }
  })
}

/** @type {import('rollup').Plugin} */
const ownPackages = {
  name: 'own-packages',
  resolveId(id) {
    const [, name = '', entry = 'index'] = /^@flowctl\/([\w-]+)(?:\/([\w-]+))?$/.exec(id) ?? []
    return name === '' ? null : join(ROOT, 'packages', name, `dist/${entry}.d.ts`)
  },
}
