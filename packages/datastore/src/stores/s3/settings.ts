import { flowError } from '@flowctl/core'

/** What a store on S3 is told beside its URL. */
export interface S3Settings {
  readonly bucket: string
  /** Before every key: empty, or ending in `/`. */
  readonly prefix: string
  /** Address of a server that is not Amazon's, with `http://` or `https://`. @default Amazon's, by the region */
  readonly endpoint?: string
  /** @default what the SDK finds in its own configuration; `us-east-1` where an endpoint is given */
  readonly region?: string
  /** Buckets in the path (`host/bucket/key`) and not in the host's name. @default whether an endpoint is given */
  readonly pathStyle: boolean
  /** @default what the SDK finds: profile, container or instance roles, single sign-on */
  readonly credentials?: S3Credentials
}

export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

export type Environment = Readonly<Record<string, string | undefined>>

const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/
const PREFIX = /^[A-Za-z0-9._~-]+(?:\/[A-Za-z0-9._~-]+)*$/
/** Leaves S3's 1024 characters of a key to the keys in the store. */
const MAX_PREFIX = 200

/** Reads `s3://bucket/prefix` and the variables around it. Throws DATASTORE_S3_URL_INVALID and DATASTORE_S3_SETTING_INVALID. */
export function s3Settings(url: string, env: Environment): S3Settings {
  const given = (...names: string[]): string | undefined => names.map((name) => env[name]).find(Boolean)
  const endpoint = endpointOf(env)
  const region =
    given('FLOWCTL_S3_REGION', 'AWS_REGION', 'AWS_DEFAULT_REGION') ?? (endpoint === undefined ? undefined : 'us-east-1')
  const credentials = credentialsOf(env)
  return {
    ...placeOf(url),
    pathStyle: pathStyleOf(env) ?? endpoint !== undefined,
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    ...(credentials !== undefined && { credentials }),
  }
}

/** The variables of an environment that say where and how S3 is reached. */
export function s3Environment(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => /^(?:FLOWCTL_S3|AWS)_/.test(name)))
}

function placeOf(url: string): { bucket: string; prefix: string } {
  const match = /^s3:\/\/([^/]*)(?:\/(.*?))?\/*$/is.exec(url)
  const [, bucket = '', path = ''] = match ?? []
  const refuse = (problem: string) => flowError('DATASTORE_S3_URL_INVALID', { url, problem })
  if (match === null || bucket === '') throw refuse('it names no bucket')
  if (!BUCKET.test(bucket)) throw refuse(`'${bucket}' cannot be the name of a bucket`)
  if (path === '') return { bucket, prefix: '' }
  if (!PREFIX.test(path) || /(?:^|\/)\.\.?(?:\/|$)/.test(path)) {
    throw refuse(`'${path}' cannot be a prefix: it is made of A-Z a-z 0-9 . _ ~ - and single /`)
  }
  if (path.length > MAX_PREFIX) throw refuse(`its prefix is longer than ${MAX_PREFIX} characters`)
  return { bucket, prefix: `${path}/` }
}

function endpointOf(env: Environment): string | undefined {
  const name = ['FLOWCTL_S3_ENDPOINT', 'AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'].find((one) => env[one])
  const value = name === undefined ? undefined : env[name]
  if (name === undefined || value === undefined) return undefined
  if (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) return value
  throw flowError('DATASTORE_S3_SETTING_INVALID', { name, value, allowed: 'an address such as http://127.0.0.1:9000' })
}

function pathStyleOf(env: Environment): boolean | undefined {
  const name = 'FLOWCTL_S3_PATH_STYLE'
  const value = env[name]
  if (value === undefined || value === '') return undefined
  if (value === 'true' || value === '1') return true
  if (value === 'false' || value === '0') return false
  throw flowError('DATASTORE_S3_SETTING_INVALID', { name, value, allowed: 'true or false' })
}

/** As in the SDK's own order, a profile that is named goes before keys. */
function credentialsOf(env: Environment): S3Credentials | undefined {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = env
  if (!accessKeyId || !secretAccessKey || env['AWS_PROFILE']) return undefined
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) }
}
