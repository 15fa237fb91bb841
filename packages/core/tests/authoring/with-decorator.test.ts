import { parseWithDecorator } from '@flowctl/core'
import { expect, test } from 'vitest'
import { messagesOf } from './problems.ts'

test.each([
  ['retry', { retry: { times: 3, minutesBetweenRetries: 0, backoff: 1 } }],
  ['retry:times=3,backoff=2', { retry: { times: 3, minutesBetweenRetries: 0, backoff: 2 } }],
  ['retry:times=0, minutesBetweenRetries=0.5', { retry: { times: 0, minutesBetweenRetries: 0.5, backoff: 1 } }],
  ['catchError', { catchError: {} }],
  ['catchError:var=failure', { catchError: { var: 'failure' } }],
  ['catchError:var="failure"', { catchError: { var: 'failure' } }],
  ['timeout:minutes=1,seconds=30', { timeout: { seconds: 90 } }],
  ['resources:cpu=2,pool=gpu', { resources: { cpu: 2, pool: 'gpu' } }],
  ['environment:vars={"LANG":"C","LIST":"a,b"}', { environment: { vars: { LANG: 'C', LIST: 'a,b' } } }],
  ['concurrent:50', { concurrent: { tasks: 50 } }],
  ['concurrent: 50 ', { concurrent: { tasks: 50 } }],
  ['concurrent:tasks=50', { concurrent: { tasks: 50 } }],
  ['environment:vars={"Q":"say \\"a,{b\\", c"}', { environment: { vars: { Q: 'say "a,{b", c' } } }],
])('--with %s', (text, decorators) => {
  expect(parseWithDecorator(text)).toEqual(decorators)
})

test.each([
  [
    'nope:times=3',
    "WITH_DECORATOR_UNKNOWN: --with: there is no decorator 'nope'. There are: retry, catchError, timeout, resources, environment, concurrent.",
  ],
  [
    'step',
    "WITH_DECORATOR_UNKNOWN: --with: there is no decorator 'step'. There are: retry, catchError, timeout, resources, environment, concurrent.",
  ],
  [
    '',
    "WITH_DECORATOR_UNKNOWN: --with: there is no decorator ''. There are: retry, catchError, timeout, resources, environment, concurrent.",
  ],
  [
    'retry:bogus=9',
    "DECORATOR_OPTION_UNKNOWN: --with retry:bogus=9 has no option 'bogus'. It has: times, minutesBetweenRetries, backoff.",
  ],
  [
    'retry:times=lots',
    "DECORATOR_OPTION_INVALID: --with retry:times=lots: 'times' is 'lots'; allowed is a whole number from 0 to 100.",
  ],
  ['retry:3', "WITH_DECORATOR_SYNTAX: --with retry:3: '3' is not of the form option=value, or comes twice."],
  ['retry:', "WITH_DECORATOR_SYNTAX: --with retry:: '' is not of the form option=value, or comes twice."],
  [
    'retry:times=1,times=2',
    "WITH_DECORATOR_SYNTAX: --with retry:times=1,times=2: 'times=2' is not of the form option=value, or comes twice.",
  ],
  ['concurrent', 'DECORATOR_OPTIONS_MISSING: --with concurrent has no options, and says nothing without.'],
  [
    'concurrent:many',
    "DECORATOR_OPTION_INVALID: --with concurrent:many: 'tasks' is 'many'; allowed is a whole number from 1 to 1000.",
  ],
  ['concurrent:', "WITH_DECORATOR_SYNTAX: --with concurrent:: '' is not of the form option=value, or comes twice."],
  ['timeout', 'DECORATOR_OPTIONS_MISSING: --with timeout has no options, and says nothing without.'],
  [
    'timeout:seconds=0',
    'TIMEOUT_ZERO: --with timeout:seconds=0: hours, minutes and seconds add up to 0; a timeout is longer than that.',
  ],
  [
    'retry:__proto__=1',
    "DECORATOR_OPTION_UNKNOWN: --with retry:__proto__=1 has no option '__proto__'. It has: times, minutesBetweenRetries, backoff.",
  ],
])('--with %s is refused', async (text, message) => {
  expect(await messagesOf(() => parseWithDecorator(text))).toEqual([message])
})

test('all that is wrong is reported together', async () => {
  expect(await messagesOf(() => parseWithDecorator('retry:times=-1,backoff=0,x=1'))).toHaveLength(3)
})
