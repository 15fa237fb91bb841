import { flowError } from '@flowctl/core'
import { ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3'
import type { Connection } from './connection.ts'
import { objectAt } from './objects/bucket.ts'
import { explained, persist } from './requests.ts'
import { isConditionRefused, isNoObject, isOfNoS3, statusOf } from './s3-errors.ts'

/** What a store is checked for when it is opened: nothing, that it can be read, that runs can be written to it. */
export type Check = 'none' | 'read' | 'write'

/** Few tries, so that a wrong setting shows within seconds. */
const TRIES = 2
const GIVE_UP_MS = 8000

/** The object that is written to see whether conditions are kept. It stays: its being there is what the next check is refused for. */
const PROBE = '.flowctl-probe'
const NO_SUCH_ETAG = '0'.repeat(32)

/** Throws DATASTORE_S3_*: what is wrong with the credentials, the bucket, the endpoint or the server behind it. */
export async function checkS3(connection: Connection, check: Check): Promise<void> {
  if (check === 'none') return
  const hasty: Connection = { ...connection, limits: { ...connection.limits, tries: TRIES, giveUpMs: GIVE_UP_MS } }
  await explained(hasty, '', async () => {
    const abortSignal = AbortSignal.timeout(GIVE_UP_MS)
    try {
      await listSomething(hasty, abortSignal)
      if (check === 'write') await probeConditions(hasty, abortSignal)
    } catch (error) {
      if (!abortSignal.aborted) throw error
      const problem = `no answer within ${GIVE_UP_MS / 1000} s`
      throw flowError('DATASTORE_S3_UNREACHABLE', { place: connection.place, problem }, { cause: error })
    }
  })
}

async function listSomething(connection: Connection, abortSignal: AbortSignal): Promise<void> {
  const { client, settings } = connection
  const command = new ListObjectsV2Command({ Bucket: settings.bucket, Prefix: settings.prefix, MaxKeys: 1 })
  const answer = await persist(connection, () => client.send(command, { abortSignal })).catch((error: unknown) => {
    if (isOfNoS3(error)) throw flowError('DATASTORE_S3_NOT_S3', { place: connection.place }, { cause: error })
    throw error
  })
  // Any web server may answer 200 to any request; only S3 answers with the name of the bucket.
  if (answer.Name !== settings.bucket) throw flowError('DATASTORE_S3_NOT_S3', { place: connection.place })
}

async function probeConditions(connection: Connection, abortSignal: AbortSignal): Promise<void> {
  const { client, settings } = connection
  const isRefused = (condition: { IfNoneMatch: '*' } | { IfMatch: string }): Promise<boolean> =>
    persist(connection, async () => {
      const Body = new TextEncoder().encode('flowctl looks here whether this store keeps the conditions of writes.\n')
      const request = { ...objectAt(connection.settings, PROBE), Body, ContentLength: Body.byteLength, ...condition }
      try {
        await client.send(new PutObjectCommand(request), { abortSignal })
        return false
      } catch (error) {
        if (isConditionRefused(error) || ('IfMatch' in condition && isNoObject(error))) return true
        if (statusOf(error) === 501) throw conditionsIgnored()
        throw error
      }
    })
  const conditionsIgnored = () =>
    flowError('DATASTORE_S3_NO_CONDITIONS', { bucket: settings.bucket, place: connection.place })
  const there = (await isRefused({ IfNoneMatch: '*' })) || (await isRefused({ IfNoneMatch: '*' }))
  if (!there || !(await isRefused({ IfMatch: NO_SUCH_ETAG }))) throw conditionsIgnored()
}
