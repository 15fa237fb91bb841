import { describe } from 'vitest'
import { objectStoreConformance } from '../../../packages/datastore/tests/object-store-conformance.ts'
import { s3Server, type S3Server } from '@flowctl/test-support/servers/s3'
import { openOn } from './open.ts'

const server = await s3Server()

describe.skipIf(server === undefined)('on a real server', () => {
  objectStoreConformance('the S3 store', () => openOn(server as S3Server, undefined, { check: 'none' }))
})
