import { describe, expect, test } from 'vitest'
import { readable } from '../../src/logging/readable.ts'
import { redactor } from '../../src/logging/redact.ts'
import { serviceLog } from '../../src/logging/service-log.ts'
import type { LogLevel } from '../../src/configuration/settings.ts'

function logTo(environment: Record<string, string> = {}, level: LogLevel = 'info', isTTY = false) {
  const written: string[] = []
  const output = { isTTY, write: (text: string) => written.push(text) }
  return { written, log: serviceLog({ service: 'worker', level, output, environment, pid: 7 }) }
}

describe('the log of a service', () => {
  test('is one JSON object a line', () => {
    const { log, written } = logTo()
    log.info({ run: 'F/r1' }, 'hello')
    expect(written).toHaveLength(1)
    expect(written[0]?.endsWith('\n')).toBe(true)
    const fields = JSON.parse(written[0] ?? '') as Record<string, unknown>
    expect(fields).toMatchObject({ level: 'info', service: 'worker', pid: 7, run: 'F/r1', msg: 'hello' })
    expect(new Date(String(fields['time'])).toISOString()).toBe(fields['time'])
  })

  test.each([
    ['debug', 4],
    ['info', 3],
    ['warn', 2],
    ['error', 1],
    ['silent', 0],
  ] as const)('at level %s writes %i of four lines', (level, count) => {
    const { log, written } = logTo({}, level)
    for (const one of ['debug', 'info', 'warn', 'error'] as const) log[one]('x')
    expect(written).toHaveLength(count)
  })

  test('is for people on a terminal', () => {
    const { log, written } = logTo({}, 'info', true)
    log.warn({ redis: 'redis://h:1', error: new Error('boom') }, 'lost Redis')
    expect(written[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} worker {6}WARN lost Redis redis=redis:\/\/h:1 error=boom\n$/)
  })
})

describe('secrets', () => {
  const environment = {
    AWS_SECRET_ACCESS_KEY: 'wJalr/XUtn"FEMI+K7',
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    FLOWCTL_REDIS_URL: 'rediss://ann:p%40ssw0rd@redis.example:6380/0',
    SHORT_TOKEN: 'abc',
    HOME: '/srv/annabel',
  }

  test.each([
    ['the password of a URL in a text', 'connecting to redis://bob:hunter2@host:1/0 now', 'redis://bob:***@host:1/0'],
    ['a URL without a user', 'redis://:hunter2@host', 'redis://:***@host'],
    ['a secret key of the environment', 'signed with wJalr/XUtn"FEMI+K7.', 'signed with ***'],
    ['a password that is known from a URL, decoded', 'AUTH ann p@ssw0rd failed', 'AUTH ann *** failed'],
    ['a password that is known from a URL, as it stands there', 'AUTH p%40ssw0rd', 'AUTH ***'],
    ['an AWS key id', 'key AKIAIOSFODNN7EXAMPLF is not known', 'key *** is not known'],
  ])('%s', (_, text, shown) => {
    const { log, written } = logTo(environment)
    log.error({ detail: text, error: new Error(text), deep: { deeper: [text] } }, text)
    const line = written.join('')
    for (const secret of ['hunter2', 'wJalr', 'ssw0rd', 'AKIAIOSFODNN7EXAMPLF']) expect(line).not.toContain(secret)
    expect((JSON.parse(line) as { msg: string }).msg).toContain(shown)
  })

  test('stand under telling names', () => {
    const { log, written } = logTo()
    log.info({ connection: { password: 'q"uiet', user: 'ann' } }, 'x')
    expect(JSON.parse(written[0] ?? '')).toMatchObject({ connection: { password: '***', user: 'ann' } })
  })

  test('what is short or not secret stays', () => {
    const redact = redactor(environment)
    expect(redact('abc /srv/annabel http://host:80/path?a=b@c')).toBe('abc /srv/annabel http://host:80/path?a=b@c')
  })

  test('on a terminal too', () => {
    const { log, written } = logTo(environment, 'info', true)
    log.info({ url: 'redis://bob:hunter2@host:1' }, 'x')
    expect(written.join('')).toContain('url=redis://bob:***@host:1')
  })
})

describe('lines for people', () => {
  test('other text stays as it is', () => {
    for (const line of ['plain', '{"half', '{"a":1}', '[1]']) expect(readable(line)).toBe(line)
  })

  test('long values are cut, odd ones quoted', () => {
    const time = new Date(2026, 10, 23, 8, 1, 2, 3).toISOString()
    const line = {
      level: 'info',
      time,
      service: 'worker',
      pid: 1,
      host: 'h',
      msg: 'm',
      a: 'two words',
      b: 'x'.repeat(300),
      c: [1],
    }
    expect(readable(JSON.stringify(line))).toBe(
      `08:01:02.003 worker      m a="two words" b=${'x'.repeat(200)}... c=[1]`,
    )
  })
})
