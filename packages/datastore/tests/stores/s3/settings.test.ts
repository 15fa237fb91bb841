import { expect, test } from 'vitest'
import { s3Environment, s3Settings } from '../../../src/stores/s3/settings.ts'

test.each([
  ['s3://bucket', { bucket: 'bucket', prefix: '' }],
  ['s3://bucket/', { bucket: 'bucket', prefix: '' }],
  ['s3://bucket/a', { bucket: 'bucket', prefix: 'a/' }],
  ['S3://my.bucket/a/b-c/', { bucket: 'my.bucket', prefix: 'a/b-c/' }],
])('%s', (url, place) => {
  expect(s3Settings(url, {})).toEqual({ ...place, pathStyle: false })
})

test.each<[Record<string, string>, object]>([
  [{ FLOWCTL_S3_ENDPOINT: 'http://h:9' }, { endpoint: 'http://h:9', region: 'us-east-1', pathStyle: true }],
  [{ AWS_ENDPOINT_URL_S3: 'https://h', AWS_ENDPOINT_URL: 'https://other' }, { endpoint: 'https://h' }],
  [{ FLOWCTL_S3_ENDPOINT: 'https://h', FLOWCTL_S3_PATH_STYLE: 'false' }, { pathStyle: false }],
  [{ FLOWCTL_S3_PATH_STYLE: '1' }, { pathStyle: true }],
  [{ FLOWCTL_S3_ENDPOINT: '', FLOWCTL_S3_PATH_STYLE: '' }, { pathStyle: false }],
  [{ AWS_DEFAULT_REGION: 'a', AWS_REGION: 'b' }, { region: 'b' }],
  [{ AWS_REGION: 'b', FLOWCTL_S3_REGION: 'c' }, { region: 'c' }],
  [
    { AWS_ACCESS_KEY_ID: 'k', AWS_SECRET_ACCESS_KEY: 's', AWS_SESSION_TOKEN: 't' },
    { credentials: { accessKeyId: 'k', secretAccessKey: 's', sessionToken: 't' } },
  ],
])('%j', (env, settings) => {
  expect(s3Settings('s3://bucket', env)).toMatchObject(settings)
})

test('keys are left to the SDK when there is only half of them, or a profile is named', () => {
  expect(s3Settings('s3://bucket', { AWS_ACCESS_KEY_ID: 'k' }).credentials).toBeUndefined()
  const env = { AWS_ACCESS_KEY_ID: 'k', AWS_SECRET_ACCESS_KEY: 's', AWS_PROFILE: 'p' }
  expect(s3Settings('s3://bucket', env).credentials).toBeUndefined()
})

test('a thread is given the variables of S3 and no others', () => {
  const env = { FLOWCTL_S3_ENDPOINT: 'e', AWS_REGION: 'r', FLOWCTL_REDIS_URL: 'secret', PATH: '/bin' }
  expect(s3Environment(env)).toEqual({ FLOWCTL_S3_ENDPOINT: 'e', AWS_REGION: 'r' })
})
