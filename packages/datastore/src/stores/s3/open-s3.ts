import type { ObjectStore } from '@flowctl/core'
import { syncReads } from '../loader/sync-reads.ts'
import { checkS3, type Check } from './check.ts'
import { connect } from './connect.ts'
import { DEFAULT_LIMITS, type S3Limits } from './limits.ts'
import { S3Store } from './s3-store.ts'
import { s3Environment, s3Settings, type Environment } from './settings.ts'

export interface OpenS3Options {
  readonly env: Environment
  readonly check: Check
  readonly limits?: Partial<S3Limits>
  /** File of the loader thread. @default the one beside `syncReads` */
  readonly loaderThread?: URL
}

/** The only way in: whoever imports this file loads the SDK. */
export async function openS3(url: string, options: OpenS3Options): Promise<ObjectStore> {
  const settings = s3Settings(url, options.env)
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const connection = connect(settings, limits)
  await checkS3(connection, options.check)
  const opening = { url, options: { env: s3Environment(options.env), check: 'none', s3: limits } } as const
  return new S3Store(connection, syncReads(opening, options.loaderThread))
}
