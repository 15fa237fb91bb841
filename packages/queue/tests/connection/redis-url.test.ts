import { describe, expect, it } from 'vitest'
import { parseRedisUrl, redacted } from '../../src/connection/redis-url.ts'

describe('parseRedisUrl', () => {
  it.each([
    ['redis://localhost', { kind: 'single', nodes: [{ host: 'localhost', port: 6379 }], tls: false, db: 0 }],
    ['redis://10.0.0.7:7000/3', { kind: 'single', nodes: [{ host: '10.0.0.7', port: 7000 }], tls: false, db: 3 }],
    ['redis://[::1]:7000', { kind: 'single', nodes: [{ host: '::1', port: 7000 }], tls: false, db: 0 }],
    [
      'rediss://ann:p%40ss:word@cache.example:6380',
      {
        kind: 'single',
        nodes: [{ host: 'cache.example', port: 6380 }],
        tls: true,
        db: 0,
        username: 'ann',
        password: 'p@ss:word',
      },
    ],
    [
      'redis://:secret@h',
      { kind: 'single', nodes: [{ host: 'h', port: 6379 }], tls: false, db: 0, password: 'secret' },
    ],
    [
      'redis+sentinel://a:1,b/main/2',
      {
        kind: 'sentinel',
        nodes: [
          { host: 'a', port: 1 },
          { host: 'b', port: 26379 },
        ],
        tls: false,
        db: 2,
        master: 'main',
      },
    ],
    [
      'rediss+cluster://a:1,b:2',
      {
        kind: 'cluster',
        nodes: [
          { host: 'a', port: 1 },
          { host: 'b', port: 2 },
        ],
        tls: true,
        db: 0,
      },
    ],
  ])('reads %s', (url, expected) => {
    expect(parseRedisUrl(url)).toEqual(expected)
  })

  it.each([
    'http://localhost',
    'localhost:6379',
    'redis://',
    'redis://a,b',
    'redis://h/x',
    'redis+sentinel://a:1',
    'redis://h:port',
  ])('refuses %s, saying what is wrong', (url) => {
    expect(() => parseRedisUrl(url)).toThrow(expect.objectContaining({ code: 'REDIS_URL_INVALID' }))
  })

  it('tells no password in its errors', () => {
    expect(() => parseRedisUrl('redis://ann:secret@a,b')).toThrow(/ann:\*\*\*@a,b/)
    expect(redacted('rediss://:secret@h:1')).toBe('rediss://:***@h:1')
    expect(redacted('redis://h:1')).toBe('redis://h:1')
  })
})
