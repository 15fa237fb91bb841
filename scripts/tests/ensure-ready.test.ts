import { describe, expect, it } from 'vitest'
import { sameDependencies } from '../ensure-ready.mjs'

const wanted = {
  packages: {
    '': {},
    'packages/core': { version: '0.1.0' },
    'node_modules/@flowctl/core': { link: true },
    'node_modules/zod': { version: '4.6.7' },
    'node_modules/@esbuild/aix-ppc64': { version: '0.28.2', optional: true },
  },
}
const installed = {
  packages: { 'node_modules/@flowctl/core': { link: true }, 'node_modules/zod': { version: '4.6.7' } },
}

describe('whether the dependencies are installed', () => {
  it('takes what npm left out for this platform, and the folders of the repository, as given', () => {
    expect(sameDependencies(wanted, installed)).toBe(true)
  })

  it.each([
    ['missing', { 'node_modules/@flowctl/core': { link: true } }],
    ['of another version', { ...installed.packages, 'node_modules/zod': { version: '4.0.0' } }],
    ['installed where a link is wanted', { ...installed.packages, 'node_modules/@flowctl/core': { version: '0.1.0' } }],
  ])('notices a package that is %s', (_, packages) => {
    expect(sameDependencies(wanted, { packages })).toBe(false)
  })

  it('notices an optional package of another version', () => {
    const packages = { ...installed.packages, 'node_modules/@esbuild/aix-ppc64': { version: '0.1.0' } }
    expect(sameDependencies(wanted, { packages })).toBe(false)
  })
})
