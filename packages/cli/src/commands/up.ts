import { join } from 'node:path'
import { flowError } from '@flowctl/core'
import { readSettings, startUp, type Settings, type Up } from '@flowctl/services'
import { EXIT, type CommandContext } from '../context/context.ts'
import { pathText } from '../errors/stack.ts'
import { counted } from '@flowctl/present'
import { paintFor } from '../format/paint.ts'
import { version } from '../package/files.ts'
import { datastoreAt, type ChosenDatastore } from './datastore.ts'
import { programName } from '../context/program-name.ts'
import { flagsOf, type ServeOptions } from './serve.ts'
import { nearestFolder } from './shared-compute.ts'

/** `flowctl up`: Redis, a coordinator and a worker on this machine, until Ctrl-C. */
export async function upCommand(context: CommandContext, options: ServeOptions): Promise<number> {
  const { environment, cwd, stdout, pid, now, self } = context
  const settings = await readSettings({ flags: flagsOf(options), environment, cwd })
  const folder = (await nearestFolder(context)) ?? join(cwd, '.flowctl')
  const named = settings.datastore ?? folder
  if (named.startsWith('memory:')) throw flowError('DATASTORE_NOT_SHARED', { command: 'flowctl up', url: named })
  const datastore = await datastoreAt(context, named, 'write', settings.s3Endpoint)
  const started: { up?: Up } = {}
  let orders = 0
  const stopRequested = new Promise<void>((resolve) => {
    context.onStop((signal) => {
      orders += 1
      if (orders === 1) {
        const again = signal === 'SIGINT' ? ' Ctrl-C again ends them at once.' : ''
        stdout.write(`Stopping: running tasks have ${settings.grace} s to finish.${again}\n`)
        resolve()
      } else {
        started.up?.kill()
        context.exit(EXIT.interrupted)
      }
    })
  })
  const up = await startUp({
    settings,
    folder,
    objects: datastore.store,
    cwd,
    environment: datastore.environment,
    program: self,
    onLine: (line) => stdout.write(`${line}\n`),
    pid,
    now,
  })
  started.up = up
  stdout.write(`${welcome(context, up, settings, datastore, folder).join('\n')}\n`)
  await Promise.race([up.ended, stopRequested])
  await up.stop()
  stdout.write('Everything is stopped. Runs that were going go on with the next `flowctl up`.\n')
  return EXIT.done
}

function welcome(
  context: CommandContext,
  up: Up,
  { slots, workerPools }: Settings,
  datastore: ChosenDatastore,
  folder: string,
): string[] {
  const paint = paintFor(context.stdout, context.environment)
  const { redacted, file } = { redacted: up.redisUrl.replace(/:[^:@/]*@/, ':***@'), file: join(folder, 'redis') }
  const kept = up.ownRedis ? ` (started; keeps its file in ${pathText(file, context.cwd)})` : ''
  const facts: [string, string][] = [
    ['redis', `${redacted}${kept}`],
    ['datastore', datastore.shown],
    ...up.parts.map(({ name, pid, url }): [string, string] => {
      const what = name === 'worker' ? `, ${counted(slots, 'slot')}, ${workerPools.join(', ')}` : ''
      return [name, `process ${pid}, ${url}${what}`]
    }),
  ]
  return [
    '',
    `${paint('bold', `flowctl ${version()} is up.`)} Ctrl-C stops all of it.`,
    ...facts.map(([name, value]) => `  ${name.padEnd(11)}  ${value}`),
    `Submit a flow from another shell in this folder: ${paint('bold', `${programName(context)} submit FILE --follow`)}`,
    '',
  ]
}
