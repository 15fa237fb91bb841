import { flowError } from '@flowctl/core'

import { keyName, type Class, type ClassElement, type MethodDefinition, type Node } from './ast.ts'
import type { Meaning, Modules } from './modules.ts'
import type { ParsedFile } from './parse.ts'

/** One class on the way from the flow up to FlowSpec. */
export interface ChainedClass {
  readonly file: ParsedFile
  readonly node: Class
  readonly name: string
}

/** Something a class defines under a name that can be read: `x`, `'x'`, `#x`; no static ones. */
export interface Member {
  readonly name: string
  readonly of: ChainedClass
  /** Index of its class in the chain. */
  readonly level: number
  readonly node: ClassElement | Node
  readonly key: Node
  readonly kind: 'field' | 'method' | 'accessor'
  /** What runs: the body of a method or accessor, the function a field holds; `undefined` for other fields. */
  readonly code: Node | undefined
}

export type ClassMeaning = Extract<Meaning, { kind: 'class' }>

/** Whether a class extends FlowSpec, directly or through classes in the user's files. Never throws. */
export function extendsFlowSpec(modules: Modules, meaning: ClassMeaning, seen = new Set<Node>()): boolean {
  const base = meaning.node.superClass
  if (base === null || seen.has(meaning.node)) return false
  seen.add(meaning.node)
  const above = modules.meaningOf(meaning.file, base)
  if (above.kind === 'flowctl') return above.name === 'FlowSpec'
  return above.kind === 'class' && extendsFlowSpec(modules, above, seen)
}

/** The classes of a flow, the one right below FlowSpec first. Throws when the way to FlowSpec cannot be followed. */
export function classChain(modules: Modules, flow: ClassMeaning): readonly ChainedClass[] {
  const chain: ChainedClass[] = []
  for (let current = flow; ;) {
    const { file, node } = current
    const name = current.name ?? '(unnamed)'
    const at = file.at((node.id ?? node).start)
    if (chain.some((one) => one.node === node)) throw flowError('FLOW_BASE_UNREADABLE', { name, base: name }, { at })
    chain.unshift({ file, node, name })
    if (node.superClass === null) {
      const top = name === flow.name ? {} : { base: name }
      throw flowError('FLOW_CLASS_NOT_FLOWSPEC', { name: flow.name ?? name, ...top }, { at })
    }
    const base = file.excerpt(node.superClass)
    const baseAt = { at: file.at(node.superClass.start) }
    const above = modules.meaningOf(file, node.superClass)
    if (above.kind === 'flowctl') {
      if (above.name === 'FlowSpec') return chain
      throw flowError('FLOW_CLASS_NOT_FLOWSPEC', { name }, baseAt)
    }
    if (above.kind === 'package')
      throw flowError('FLOW_BASE_IN_PACKAGE', { name, base, package: above.package }, baseAt)
    if (above.kind !== 'class') throw flowError('FLOW_BASE_UNREADABLE', { name, base }, baseAt)
    current = above
  }
}

/** Every member of the classes, in order; a name may occur once for each class, or more when a class repeats it. */
export function membersOf(chain: readonly ChainedClass[]): readonly Member[] {
  return chain.flatMap((of, level) => of.node.body.body.flatMap((node) => elementMembers(of, level, node)))
}

function elementMembers(of: ChainedClass, level: number, node: ClassElement): readonly Member[] {
  switch (node.type) {
    case 'PropertyDefinition':
    case 'AccessorProperty':
    case 'TSAbstractPropertyDefinition': {
      const name = node.static ? undefined : keyName(node.key, node.computed)
      if (name === undefined) return []
      const holdsFunction = node.value?.type === 'ArrowFunctionExpression' || node.value?.type === 'FunctionExpression'
      return [
        { name, of, level, node, key: node.key, kind: 'field', code: holdsFunction ? (node.value as Node) : undefined },
      ]
    }
    case 'MethodDefinition': {
      if (node.kind === 'constructor') return parameterProperties(of, level, node)
      // Overload signatures have no body.
      const name = node.static || node.value.body === null ? undefined : keyName(node.key, node.computed)
      if (name === undefined) return []
      const kind = node.kind === 'method' ? 'method' : 'accessor'
      return [{ name, of, level, node, key: node.key, kind, code: node.value }]
    }
    default:
      return []
  }
}

/** `constructor(readonly x = 1)` defines the field x. */
function parameterProperties(of: ChainedClass, level: number, node: MethodDefinition): readonly Member[] {
  return node.value.params.flatMap((parameter): readonly Member[] => {
    if (parameter.type !== 'TSParameterProperty') return []
    const inner = parameter.parameter
    const key = inner.type === 'AssignmentPattern' ? inner.left : inner
    return key.type === 'Identifier' ? [{ name: key.name, of, level, node, key, kind: 'field', code: undefined }] : []
  })
}
