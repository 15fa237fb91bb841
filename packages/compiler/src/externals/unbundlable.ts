import { existsSync } from 'node:fs'
import { join } from 'node:path'

import type { Manifest } from './installed-packages.ts'

/** Tools that packages with native code depend on: to find their binding, or to build or fetch it. */
const NATIVE_TOOLS = [
  'bindings',
  'nan',
  'node-addon-api',
  'node-gyp',
  'node-gyp-build',
  'node-gyp-build-optional-packages',
  'node-pre-gyp',
  '@mapbox/node-pre-gyp',
  'prebuild-install',
  'pkg-prebuilds',
  'napi-macros',
]
const PLATFORM =
  /(?:^|[-/])(?:linux|linuxmusl|darwin|win32|freebsd|android)[-_](?:x64|x86_64|ia32|arm|arm64|aarch64|universal)(?:$|[-_])/
const OWN_PLACE =
  /(?<!\btypeof\s{1,4})(?:\bimport\.meta\.(?:url|dirname|filename|resolve)\b|\b__(?:dirname|filename)\b|\brequire\.resolve\(\s*['"]\.)/

/** Why a package holds native code, by its manifest and the files beside it; `undefined` when there is no sign of it. */
export function nativeSign(folder: string, manifest: Manifest): string | undefined {
  if (manifest.gypfile === true || existsSync(join(folder, 'binding.gyp'))) return 'it is built with node-gyp'
  if (typeof manifest.binary === 'object' && manifest.binary !== null) return 'it fetches a native binary'
  if (manifest.napi !== undefined) return 'it holds native code'
  const tool = NATIVE_TOOLS.find((name) => manifest.dependencies?.[name] !== undefined)
  if (tool !== undefined) return `it loads native code with ${tool}`
  const optional = Object.keys(manifest.optionalDependencies ?? {})
  return optional.some((name) => PLATFORM.test(name)) ? 'it has a package for each platform' : undefined
}

/** Whether the text of a module asks where it lies: in a bundle nothing lies beside it. */
export function asksForItsPlace(text: string): boolean {
  return OWN_PLACE.test(text)
}
