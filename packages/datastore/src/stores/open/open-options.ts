import type { S3Limits } from '../s3/limits.ts'

export interface OpenStoreOptions {
  /**
   * The variables that say how S3 is reached: `FLOWCTL_S3_ENDPOINT`, `FLOWCTL_S3_REGION`, `FLOWCTL_S3_PATH_STYLE`, and the usual ones of
   * AWS for region and keys.
   * @default none: Amazon's S3, with what the SDK finds of itself
   */
  readonly env?: Readonly<Record<string, string | undefined>>
  /**
   * What an S3 store is checked for at once, so that a wrong setting shows here, within seconds: that it can be read, or that runs can be
   * written to it (an object `.flowctl-probe` shows whether it keeps the conditions of writes). @default 'read'
   */
  readonly check?: 'none' | 'read' | 'write'
  /** How long an S3 store waits and how often it tries again. */
  readonly s3?: Partial<S3Limits>
  /** Whether nobody else waits for this thread now: see `fileStore`. @default never */
  readonly alone?: () => boolean
  /** File of the thread behind synchronous reads from S3. @default the one of this package, when it is built */
  readonly loaderThread?: URL
}
