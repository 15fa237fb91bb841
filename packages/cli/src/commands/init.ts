import { cp, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import { flowError } from '@flowctl/core'
import { EXIT, type CommandContext } from '../context/context.ts'
import { pathText } from '../errors/stack.ts'
import { PACKAGE_FOLDER, PROJECT_TEMPLATE } from '../package/files.ts'
import { shellWord } from '../render/outcome.ts'

/** `flowctl init DIR` */
export async function initCommand(context: CommandContext, folder: string): Promise<number> {
  const target = resolve(context.cwd, folder)
  await checkEmpty(target, folder)
  await cp(PROJECT_TEMPLATE, target, { recursive: true })
  // npm leaves a file called .gitignore out of the packages it makes.
  await rename(join(target, 'gitignore'), join(target, '.gitignore'))
  await adaptManifest(target)
  const shown = pathText(target, context.cwd)
  const lines = [
    `Made a project in ${shown}:`,
    '  flows/hello-flow.ts        a flow',
    '  tests/hello-flow.test.js   its test',
    '',
    'Now try:',
    ...(target === resolve(context.cwd) ? [] : [`  cd ${shellWord(shown)}`]),
    '  npm install',
    '  npm run flow',
    '  npm test',
  ]
  context.stdout.write(`${lines.join('\n')}\n`)
  return EXIT.done
}

/** Creates the folder where there is none. Throws COMMAND_FOLDER_NOT_EMPTY, COMMAND_FILE_NOT_WRITABLE. */
async function checkEmpty(target: string, folder: string): Promise<void> {
  try {
    await mkdir(target, { recursive: true })
    const [found] = await readdir(target)
    if (found === undefined) return
    throw flowError('COMMAND_FOLDER_NOT_EMPTY', { folder, found })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' || code === 'ENOTDIR') throw flowError('COMMAND_FOLDER_IS_FILE', { folder }, { cause: error })
    throw error
  }
}

/** Names the project after its folder; from a checkout of flowctl, which no registry has, depends on that checkout. */
async function adaptManifest(target: string): Promise<void> {
  const file = join(target, 'package.json')
  const manifest = JSON.parse(await readFile(file, 'utf8')) as { name: string; dependencies: Record<string, string> }
  manifest.name = packageName(basename(target)) ?? manifest.name
  const checkout = !/[\\/]node_modules[\\/]/.test(PACKAGE_FOLDER)
  if (checkout) manifest.dependencies['flowctl'] = `file:${relative(target, PACKAGE_FOLDER)}`
  await writeFile(file, `${JSON.stringify(manifest, null, 2)}\n`)
}

/** What npm allows as a name. */
function packageName(text: string): string | undefined {
  const name = text.toLowerCase().replace(/[^a-z0-9-._]+/g, '-')
  return /^[a-z0-9][a-z0-9-._]*$/.test(name) ? name : undefined
}
