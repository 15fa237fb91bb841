import { basename } from 'node:path'

import { flowError } from '@flowctl/core'

import { classChain, extendsFlowSpec, type ClassMeaning } from './class-chain.ts'
import { declarationOf, type Export, type Modules } from './modules.ts'
import type { ParsedFile } from './parse.ts'

/** The flow class of a file: its default export, else the only class it exports that extends FlowSpec. */
export function findFlow(modules: Modules, file: ParsedFile): ClassMeaning {
  const exports = modules.exportsOf(file)
  const preferred = exports.find((one) => one.name === 'default')
  if (preferred !== undefined) return named(file, defaultClass(file, preferred))
  const flows = exports.flatMap((one) => {
    const { meaning } = one
    if (meaning.kind !== 'class' || meaning.node.abstract === true || !extendsFlowSpec(modules, meaning)) return []
    return [{ name: one.name, meaning }]
  })
  const different = flows.filter(
    (one, index) => flows.findIndex((other) => other.meaning.node === one.meaning.node) === index,
  )
  const [only] = different
  const shown = basename(file.path)
  if (different.length > 1) {
    const at = file.at((different[1]?.meaning.file === file ? different[1].meaning.node : file.program).start)
    throw flowError('FLOW_FILE_SEVERAL_FLOWS', { file: shown, names: different.map((one) => one.name) }, { at })
  }
  if (only !== undefined) return named(file, only.meaning)
  throwForLostBase(modules, exports)
  const unexported = file.program.body.flatMap((statement) => {
    const node = declarationOf(statement)
    if (node.type !== 'ClassDeclaration' || node.id === null) return []
    const meaning = modules.meaningOf(file, node)
    return meaning.kind === 'class' && extendsFlowSpec(modules, meaning) ? [node.id] : []
  })
  const first = unexported[0]
  const details = { file: shown, unexported: unexported.map((id) => id.name) }
  throw flowError('FLOW_FILE_WITHOUT_FLOW', details, { at: file.at(first?.start ?? 0) })
}

function defaultClass(file: ParsedFile, one: Export): ClassMeaning {
  if (one.meaning.kind === 'class') return one.meaning
  const { start } = one.node
  throw flowError('FLOW_DEFAULT_NOT_CLASS', { file: basename(file.path) }, { at: file.at(start) })
}

function named(file: ParsedFile, meaning: ClassMeaning): ClassMeaning {
  if (meaning.name !== undefined) return meaning
  const at = meaning.file === file ? file.at(meaning.node.start) : undefined
  throw flowError('FLOW_CLASS_UNNAMED', {}, { at })
}

/** When no class is a flow, the reason may be a base class that cannot be followed: then that is the error. */
function throwForLostBase(modules: Modules, exports: readonly Export[]): void {
  for (const { meaning } of exports) {
    if (meaning.kind === 'class' && meaning.node.superClass !== null && meaning.node.abstract !== true) {
      classChain(modules, meaning)
    }
  }
}
