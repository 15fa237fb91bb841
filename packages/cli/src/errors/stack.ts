import { basename, dirname, isAbsolute, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SourceLocation } from '@flowctl/core'

/** One line of a stack. */
export interface Frame {
  /** `ClassifierFlow.trainSvm`; `''` at the top level of a module. */
  readonly name: string
  /** Absolute path, or `node:internal/...`; `undefined` for native code. */
  readonly at: SourceLocation | undefined
  readonly text: string
}

const FRAME = /^\s+at (?:(.*?) \()?(.*?):(\d+):(\d+)\)?$/

/** The frames of `error.stack`, innermost first. */
export function framesOf(stack: string): Frame[] {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map((line) => {
      const match = FRAME.exec(line)
      if (match === null) return { name: line.trim().slice(3), at: undefined, text: line.trim() }
      const [, name, place, lineNumber, column] = match
      const file = (place ?? '').startsWith('file://') ? fileURLToPath(place as string) : (place as string)
      return { name: name ?? '', at: { file, line: Number(lineNumber), column: Number(column) }, text: line.trim() }
    })
}

/** Whether a frame is code of the user or of a package the user chose, neither Node's nor flowctl's. */
export function isUserFrame(frame: Frame): boolean {
  const file = frame.at?.file
  return file !== undefined && isAbsolute(file) && !isFramework(file)
}

/** Where the user can do something about it: the innermost frame of their own code, else of a package they chose. */
export function userFrame(stack: string): Frame | undefined {
  const frames = framesOf(stack).filter(isUserFrame)
  return frames.find((frame) => !/[\\/]node_modules[\\/]/.test(frame.at?.file ?? '')) ?? frames[0]
}

const INSTALLED = /[\\/]node_modules[\\/](?:@flowctl|flowctl)[\\/]/
/** The folder that holds all packages when flowctl runs from its own repository. */
const ownPackages = ((): string | undefined => {
  const packages = dirname(fileURLToPath(new URL('../../', import.meta.url)))
  return basename(packages) === 'packages' ? packages + sep : undefined
})()

function isFramework(file: string): boolean {
  if (INSTALLED.test(file)) return true
  if (ownPackages === undefined || !file.startsWith(ownPackages)) return false
  return /^[^\\/]+[\\/](?:src|dist)[\\/]/.test(file.slice(ownPackages.length))
}

/** `at ClassifierFlow.trainSvm (flows/classifier.ts:30:10)`. */
export function frameText(frame: Frame, cwd: string): string {
  if (frame.at === undefined) return frame.text
  const place = placeText(frame.at, cwd)
  return frame.name === '' ? `at ${place}` : `at ${sourceName(frame.name)} (${place})`
}

/** Lowering decorators renames a class `MyFlow` to `_MyFlow`: `_MyFlow.start` is `MyFlow.start` in the source. */
function sourceName(name: string): string {
  return name.replace(/^((?:async |new )?)_([A-Z])/, '$1$2')
}

/** `flows/classifier.ts:30:10`; the path relative to where the user is. */
export function placeText(at: SourceLocation, cwd: string): string {
  return `${pathText(at.file, cwd)}:${at.line}:${at.column}`
}

/** A path as the user would write it: relative when that is shorter. */
export function pathText(file: string, cwd: string): string {
  if (!isAbsolute(file)) return file
  const path = relative(cwd, file)
  return path !== '' && path.length < file.length ? path : file
}
