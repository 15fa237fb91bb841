import { FLOW_SPEC_MEMBERS, type SourceLocation, type SourceName } from '@flowctl/core'

import { children, keyName, rebindsThis, stringValue, thisMember, unwrap, type Node } from './ast.ts'
import type { Member } from './class-chain.ts'
import type { ParsedFile } from './parse.ts'

/** What code does with `this`, in itself and in the helpers it calls. */
export interface Uses {
  readonly reads: readonly string[]
  readonly privateWrites: readonly SourceName[]
  readonly assigned: ReadonlyMap<string, SourceLocation>
  /** `this` is handed to other code, or a computed name is assigned. */
  readonly opaque: boolean
}

/** The members of a flow by name, each name with those of the derived classes last. */
export type MemberTable = ReadonlyMap<string, readonly Member[]>

/** Follows one method. `follow` false looks at its own code only. */
export function usesOf(member: Member, members: MemberTable, isStep: (name: string) => boolean, follow = true): Uses {
  const walker = new UseWalker(members, isStep, follow)
  walker.enter(member)
  return walker
}

class UseWalker implements Uses {
  readonly #members: MemberTable
  readonly #isStep: (name: string) => boolean
  readonly #follow: boolean
  readonly #entered = new Set<Node>()
  /** Names that every way through the step has assigned by now: reading them fetches nothing. */
  readonly #sure = new Set<string>()
  readonly #reads = new Set<string>()
  readonly privateWrites: SourceName[] = []
  readonly assigned = new Map<string, SourceLocation>()
  opaque = false
  #file!: ParsedFile
  #level = 0

  constructor(members: MemberTable, isStep: (name: string) => boolean, follow: boolean) {
    this.#members = members
    this.#isStep = isStep
    this.#follow = follow
  }

  get reads(): readonly string[] {
    return [...this.#reads]
  }

  enter(member: Member): void {
    const { code } = member
    if (code === undefined || this.#entered.has(code)) return
    const outermost = this.#entered.size === 0
    this.#entered.add(code)
    const [file, level] = [this.#file, this.#level]
    this.#file = member.of.file
    this.#level = member.level
    const body = code.type === 'FunctionExpression' ? code.body : null
    if (outermost && body !== null) {
      for (const parameter of code.type === 'FunctionExpression' ? code.params : []) this.#walk(parameter)
      for (const statement of body.body) {
        this.#walk(statement)
        this.#noteSure(statement)
      }
    } else for (const child of children(code)) this.#walk(child)
    this.#file = file
    this.#level = level
  }

  #noteSure(statement: Node): void {
    if (statement.type !== 'ExpressionStatement') return
    const node = unwrap(statement.expression)
    if (node.type !== 'AssignmentExpression' || node.operator !== '=') return
    const name = thisMember(node.left)?.name
    if (name !== undefined) this.#sure.add(name)
  }

  #walk(node: Node): void {
    if (rebindsThis(node)) return
    switch (node.type) {
      case 'ThisExpression':
        this.opaque = true
        return
      case 'AssignmentExpression':
        this.#walk(node.right)
        if (node.operator !== '=') this.#walk(node.left)
        this.#assign(node.left)
        return
      case 'UpdateExpression':
        this.#walk(node.argument)
        this.#assign(node.argument)
        return
      case 'ForOfStatement':
      case 'ForInStatement':
        this.#walk(node.right)
        if (node.left.type === 'VariableDeclaration') this.#walk(node.left)
        else this.#assign(node.left)
        this.#walk(node.body)
        return
      case 'VariableDeclarator':
        if (node.init?.type === 'ThisExpression' && node.id.type === 'ObjectPattern') this.#destructured(node.id)
        else for (const child of children(node)) this.#walk(child)
        return
      case 'CallExpression':
        this.#call(node)
        return
      case 'MemberExpression':
        this.#member(node)
        return
      default:
        for (const child of children(node)) this.#walk(child)
    }
  }

  /** Arguments of `this.next` name steps and fields instead of using them. */
  #call(node: Extract<Node, { type: 'CallExpression' }>): void {
    const callee = thisMember(node.callee)
    if (callee?.of === 'this' && callee.name === 'next') {
      for (const argument of node.arguments) {
        if (argument.type !== 'ObjectExpression') continue
        for (const property of argument.properties) {
          if (property.type !== 'Property') continue
          const name = keyName(property.key, property.computed)
          const field = name === 'foreach' || name === 'condition' ? stringValue(property.value) : undefined
          if (field !== undefined) this.#read(field, 'this')
        }
      }
      return
    }
    for (const child of children(node)) this.#walk(child)
  }

  #member(node: Extract<Node, { type: 'MemberExpression' }>): void {
    const member = thisMember(node)
    if (member === undefined) {
      for (const child of children(node)) if (child !== node.property || node.computed) this.#walk(child)
    } else if (member.name === undefined) this.#walk(member.property)
    else this.#read(member.name, member.of)
  }

  #destructured(pattern: Extract<Node, { type: 'ObjectPattern' }>): void {
    for (const property of pattern.properties) {
      const name = property.type === 'Property' ? keyName(property.key, property.computed) : undefined
      if (name !== undefined) this.#read(name, 'this')
      if (property.type === 'Property' && property.value.type === 'AssignmentPattern') this.#walk(property.value.right)
    }
  }

  #read(name: string, of: 'this' | 'super'): void {
    const found = this.#lookUp(name, of)
    if (found?.code !== undefined && (of === 'super' || !this.#isStep(name))) {
      if (this.#follow) this.enter(found)
      return
    }
    const isData = !name.startsWith('#') && of === 'this' && !this.#isStep(name) && !FLOW_SPEC_MEMBERS.has(name)
    if (isData && !this.#sure.has(name)) this.#reads.add(name)
  }

  #lookUp(name: string, of: 'this' | 'super'): Member | undefined {
    const found = this.#members.get(name)
    if (of === 'super') return found?.findLast((one) => one.level < this.#level)
    // A private name belongs to the class whose code says it.
    return name.startsWith('#') ? found?.find((one) => one.level === this.#level) : found?.at(-1)
  }

  #assign(target: Node): void {
    const node = unwrap(target)
    switch (node.type) {
      case 'MemberExpression': {
        const member = thisMember(node)
        if (member === undefined) this.#walk(node)
        else if (member.name === undefined) this.opaque = true
        else this.#assignName(member.name, member.of, node)
        return
      }
      case 'ArrayPattern':
        for (const element of node.elements) if (element !== null) this.#assign(element)
        return
      case 'ObjectPattern':
        for (const property of node.properties) this.#assign(property.type === 'Property' ? property.value : property)
        return
      case 'AssignmentPattern':
        this.#walk(node.right)
        this.#assign(node.left)
        return
      case 'RestElement':
        this.#assign(node.argument)
        return
    }
  }

  #assignName(name: string, of: 'this' | 'super', node: Node): void {
    const found = this.#lookUp(name, of)
    const at = this.#file.at(node.start)
    if (found?.kind === 'accessor') {
      if (this.#follow) for (const one of this.#members.get(name) ?? []) this.enter(one)
    } else if (name.startsWith('#')) this.privateWrites.push({ name, at })
    else if (!this.assigned.has(name)) this.assigned.set(name, at)
  }
}
