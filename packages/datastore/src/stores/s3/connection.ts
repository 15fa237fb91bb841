import type { S3Client } from '@aws-sdk/client-s3'
import type { S3Limits } from './limits.ts'
import type { ObjectRequests } from './objects/object-requests.ts'
import type { S3Settings } from './settings.ts'

/** A client of S3, and what its requests have in common. */
export interface Connection {
  readonly client: S3Client
  /** Requests for single objects; all others are commands of the client. */
  readonly objects: ObjectRequests
  readonly settings: S3Settings
  readonly limits: S3Limits
  /** In messages: the endpoint, or whose it is. */
  readonly place: string
  /** From 0 to 1. */
  random(): number
  /** Never gives the same twice. */
  nonce(): string
}
