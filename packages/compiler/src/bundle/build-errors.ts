import { resolve } from 'node:path'

import { flowError, type FlowctlError, type SourceLocation } from '@flowctl/core'
import type { Message } from 'esbuild'

const UNRESOLVED = /^Could not resolve "(.+)"$/
const NO_EXPORT = /^No matching export in "flowctl:.*" for import "(.+)"$/

/** Turns what esbuild reports into errors of the table. `missing` makes the one for a name that flowctl does not export. */
export function buildErrors(
  messages: readonly Message[],
  project: string,
  missing: (name: string, at: SourceLocation | undefined) => FlowctlError,
): readonly FlowctlError[] {
  return messages.map((message) => {
    const at = locationOf(message, project)
    const unresolved = UNRESOLVED.exec(message.text)?.[1]
    if (unresolved !== undefined) {
      return flowError('IMPORT_NOT_FOUND', { specifier: unresolved, relative: /^\.{0,2}\//.test(unresolved) }, { at })
    }
    const name = NO_EXPORT.exec(message.text)?.[1]
    if (name !== undefined) return missing(name, at)
    const note = message.notes[0]?.text
    return flowError('SOURCE_SYNTAX', { problem: message.text, ...(note === undefined ? {} : { note }) }, { at })
  })
}

/** esbuild counts columns from 0 and in bytes. */
function locationOf(message: Message, project: string): SourceLocation | undefined {
  const { location } = message
  if (location === null) return undefined
  const before = Buffer.from(location.lineText).subarray(0, location.column).toString()
  return { file: resolve(project, location.file), line: location.line, column: before.length + 1 }
}
