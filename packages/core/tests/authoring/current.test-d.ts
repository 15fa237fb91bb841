import { current } from '@flowctl/core'
import { expectTypeOf, test } from 'vitest'

test('current is typed and read-only', () => {
  expectTypeOf(current.isRunning).toBeBoolean()
  expectTypeOf(current.flowName).toBeString()
  expectTypeOf(current.attempt).toBeNumber()
  expectTypeOf(current.originRunId).toEqualTypeOf<string | undefined>()
  expectTypeOf(current.tags).toEqualTypeOf<readonly string[]>()
  expectTypeOf(current.parameters).toEqualTypeOf<Readonly<Record<string, unknown>>>()
  // @ts-expect-error -- read-only
  current.runId = 'r'
})
