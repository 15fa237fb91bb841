import { IncludeFile, Parameter } from '@flowctl/core'
import * as v from 'valibot'
import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'

test('a parameter has the type of its value', () => {
  expectTypeOf(Parameter.string({ default: 'a' })).toEqualTypeOf<string>()
  expectTypeOf(Parameter.integer({ default: 50, help: 'Trees' })).toEqualTypeOf<number>()
  expectTypeOf(Parameter.number({ required: true })).toEqualTypeOf<number>()
  expectTypeOf(Parameter.boolean({ default: false })).toEqualTypeOf<boolean>()
  expectTypeOf(Parameter.json<Record<string, number>>({ default: {} })).toEqualTypeOf<Record<string, number>>()
  expectTypeOf(Parameter.json<number[]>({ required: true })).toEqualTypeOf<number[]>()
  expectTypeOf(Parameter.json({ default: [1, 2] })).toEqualTypeOf<number[]>()
})

test('it may be undefined when it has no default and is not required', () => {
  expectTypeOf(Parameter.string()).toEqualTypeOf<string | undefined>()
  expectTypeOf(Parameter.integer({})).toEqualTypeOf<number | undefined>()
  expectTypeOf(Parameter.number({ help: 'Rate' })).toEqualTypeOf<number | undefined>()
  expectTypeOf(Parameter.boolean({ required: false })).toEqualTypeOf<boolean | undefined>()
  expectTypeOf(Parameter.json()).toEqualTypeOf<unknown>()
  expectTypeOf(Parameter.json<number[]>({ name: 'v' })).toEqualTypeOf<number[] | undefined>()
})

test('a default may be computed', () => {
  expectTypeOf(Parameter.string({ default: ({ user }) => user })).toEqualTypeOf<string>()
  expectTypeOf(Parameter.integer({ default: async () => Promise.resolve(3) })).toEqualTypeOf<number>()
  expectTypeOf(
    Parameter.string({
      default: (context) => {
        expectTypeOf(context).toEqualTypeOf<{
          readonly flow: string
          readonly user: string
          readonly parameter: string
        }>()
        return context.flow
      },
    }),
  ).toEqualTypeOf<string>()
})

test('a separator makes a list', () => {
  expectTypeOf(Parameter.string({ separator: ',', default: 'a,b' })).toEqualTypeOf<string[]>()
  expectTypeOf(Parameter.string({ separator: ',', default: ['a', 'b'] })).toEqualTypeOf<string[]>()
  expectTypeOf(Parameter.string({ separator: ',', required: true })).toEqualTypeOf<string[]>()
  expectTypeOf(Parameter.string({ separator: ',' })).toEqualTypeOf<string[] | undefined>()
})

test('a schema gives the type that it puts out', () => {
  const zodPoint = z.object({ x: z.number(), label: z.string().default('p') })
  expectTypeOf(Parameter.of(zodPoint, { required: true })).toEqualTypeOf<{ x: number; label: string }>()
  expectTypeOf(Parameter.of(zodPoint, { default: { x: 1 } })).toEqualTypeOf<{ x: number; label: string }>()
  expectTypeOf(Parameter.of(zodPoint)).toEqualTypeOf<{ x: number; label: string } | undefined>()
  expectTypeOf(Parameter.of(z.enum(['a', 'b']), { default: 'a' })).toEqualTypeOf<'a' | 'b'>()
  expectTypeOf(Parameter.of(z.number().default(3))).toEqualTypeOf<number>()
  expectTypeOf(Parameter.of(z.coerce.number())).toEqualTypeOf<number | undefined>()
  const valibotLength = v.pipe(
    v.string(),
    v.transform((text) => text.length),
  )
  expectTypeOf(Parameter.of(valibotLength, { required: true })).toEqualTypeOf<number>()
  expectTypeOf(Parameter.of(valibotLength, { default: 'abc' })).toEqualTypeOf<number>()
  expectTypeOf(Parameter.of(valibotLength)).toEqualTypeOf<number | undefined>()
})

test('a file has its contents', () => {
  expectTypeOf(IncludeFile.text({ required: true })).toEqualTypeOf<string>()
  expectTypeOf(IncludeFile.text({ default: 'data.csv', encoding: 'latin1' })).toEqualTypeOf<string>()
  expectTypeOf(IncludeFile.text()).toEqualTypeOf<string | undefined>()
  expectTypeOf(IncludeFile.bytes({ default: 'data.bin' })).toEqualTypeOf<Uint8Array>()
  expectTypeOf(IncludeFile.bytes()).toEqualTypeOf<Uint8Array | undefined>()
})

test('mistakes in a declaration do not compile', () => {
  // @ts-expect-error -- of another type
  Parameter.integer({ default: 'ten' })
  // @ts-expect-error -- a typo
  Parameter.integer({ defualt: 10 })
  // @ts-expect-error -- a computed default of another type
  Parameter.boolean({ default: () => 'yes' })
  // @ts-expect-error -- a list needs a separator
  Parameter.string({ default: ['a'] })
  // @ts-expect-error -- only texts are split
  Parameter.integer({ separator: ',' })
  // @ts-expect-error -- required and a default
  Parameter.json({ required: true, default: 1 })
  // @ts-expect-error -- not what the schema accepts
  Parameter.of(z.object({ x: z.number() }), { default: { x: 'a' } })
  // @ts-expect-error -- no schema
  Parameter.of(Number)
  // @ts-expect-error -- bytes have no encoding
  IncludeFile.bytes({ encoding: 'latin1' })
  // @ts-expect-error -- a default is a path
  IncludeFile.bytes({ default: new Uint8Array(2) })
})
