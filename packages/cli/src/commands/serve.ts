import { runCoordinator, runWorker, type Flags, type ServiceOptions } from '@flowctl/services'
import { EXIT, type CommandContext } from '../context/context.ts'
import { PRODUCT } from '../package/files.ts'
import { cacheFolder } from './cache.ts'
import { sharedCompute } from './shared-compute.ts'

/** Options of the services, as they were typed. */
export interface ServeOptions {
  readonly datastore?: string
  readonly pools?: string
  readonly slots?: string
  readonly grace?: string
  readonly host?: string
  readonly port?: string
  readonly logLevel?: string
}

/** `flowctl coordinator` */
export async function coordinatorCommand(context: CommandContext, options: ServeOptions): Promise<number> {
  await runCoordinator(await serviceOptions(context, 'flowctl coordinator', options))
  return EXIT.done
}

/** `flowctl worker` */
export async function workerCommand(context: CommandContext, options: ServeOptions): Promise<number> {
  await runWorker({
    ...(await serviceOptions(context, 'flowctl worker', options)),
    ...PRODUCT,
    cacheDir: cacheFolder(context, 'worker'),
    project: context.cwd,
  })
  return EXIT.done
}

export function flagsOf({ pools: workerPools, ...flags }: ServeOptions): Flags {
  return { ...flags, workerPools }
}

async function serviceOptions(
  context: CommandContext,
  command: string,
  options: ServeOptions,
): Promise<ServiceOptions> {
  const { settings } = await sharedCompute(context, command, flagsOf(options))
  const { stdout, pid, now, exit, onStop, parent } = context
  const { s3Endpoint } = settings
  return {
    settings,
    environment:
      s3Endpoint === undefined ? context.environment : { ...context.environment, FLOWCTL_S3_ENDPOINT: s3Endpoint },
    output: stdout,
    pid,
    now,
    exit,
    onStop(listener) {
      parent?.onGone(() => listener('the process that started it is gone'))
      return onStop(listener)
    },
    tell: (message) => parent?.tell(message),
  }
}
