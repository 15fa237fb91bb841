import type { Class, Node } from './ast.ts'
import { stringValue, unwrap } from './ast.ts'
import type { ParsedFile, Parser } from './parse.ts'

/** Where an import specifier of a user's file leads. */
export type ImportTarget =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'flowctl' }
  | { readonly kind: 'package'; readonly name: string }

/** `undefined` for what the bundler did not see, e.g. an import of types. */
export type ImportResolver = (file: string, specifier: string) => ImportTarget | undefined

/** What a name of a user's file stands for. */
export type Meaning =
  | { readonly kind: 'class'; readonly file: ParsedFile; readonly node: Class; readonly name: string | undefined }
  | { readonly kind: 'flowctl'; readonly name: string }
  | { readonly kind: 'package'; readonly package: string; readonly name: string }
  | { readonly kind: 'namespace'; readonly target: ImportTarget }
  | { readonly kind: 'unknown' }

export interface Export {
  /** `default`, or the name. */
  readonly name: string
  readonly meaning: Meaning
  /** For a location. */
  readonly node: Node
}

const UNKNOWN: Meaning = { kind: 'unknown' }

/** Follows names through the user's own files: declarations, aliases, imports, re-exports, CommonJS. */
export class Modules {
  readonly #parse: Parser
  readonly #resolve: ImportResolver
  /** Names being followed, so that a circle ends. */
  readonly #following = new Set<string>()

  constructor(parse: Parser, resolve: ImportResolver) {
    this.#parse = parse
    this.#resolve = resolve
  }

  /** What an expression at the top level of a file stands for. */
  meaningOf(file: ParsedFile, expression: Node, name?: string): Meaning {
    const node = unwrap(expression)
    switch (node.type) {
      case 'ClassExpression':
      case 'ClassDeclaration':
        return { kind: 'class', file, node, name: node.id?.name ?? name }
      case 'Identifier':
        return this.#guarded(`${file.path}\0${node.name}`, () => this.#local(file, node.name))
      case 'MemberExpression': {
        const of = this.meaningOf(file, node.object)
        const member = memberName(node)
        return of.kind === 'namespace' && member !== undefined ? this.#imported(of.target, member) : UNKNOWN
      }
      case 'CallExpression': {
        const specifier = requireSpecifier(node)
        const target = specifier === undefined ? undefined : this.#resolve(file.path, specifier)
        return target === undefined ? UNKNOWN : { kind: 'namespace', target }
      }
      default:
        return UNKNOWN
    }
  }

  /** All exports of a file, re-exports included. */
  exportsOf(file: ParsedFile): readonly Export[] {
    return this.#guarded(`${file.path}\0*`, () => this.#listExports(file)) ?? []
  }

  #guarded<T>(key: string, follow: () => T): T {
    if (this.#following.has(key)) return (key.endsWith('\0*') ? [] : UNKNOWN) as T
    this.#following.add(key)
    try {
      return follow()
    } finally {
      this.#following.delete(key)
    }
  }

  #imported(target: ImportTarget, name: string): Meaning {
    if (target.kind === 'flowctl') return { kind: 'flowctl', name }
    if (target.kind === 'package') return { kind: 'package', package: target.name, name }
    const file = this.#parse(target.path)
    const found = this.exportsOf(file).find((one) => one.name === name)
    if (found !== undefined) return found.meaning
    // `import x from` and `require` of a CommonJS file give `module.exports` itself.
    return name === 'default' && !file.isModule ? { kind: 'namespace', target } : UNKNOWN
  }

  #local(file: ParsedFile, name: string): Meaning {
    for (const statement of file.program.body) {
      const node = declarationOf(statement)
      if (node.type === 'ClassDeclaration' && node.id?.name === name) return this.meaningOf(file, node)
      if (node.type === 'VariableDeclaration') {
        for (const one of node.declarations) {
          if (one.init === null) continue
          if (one.id.type === 'Identifier' && one.id.name === name) return this.meaningOf(file, one.init, name)
          if (one.id.type !== 'ObjectPattern') continue
          const property = one.id.properties.find(
            (each) => each.type === 'Property' && bindingName(each.value) === name,
          )
          if (property?.type !== 'Property') continue
          const of = this.meaningOf(file, one.init)
          const key = property.key.type === 'Identifier' ? property.key.name : stringValue(property.key)
          return of.kind === 'namespace' && key !== undefined ? this.#imported(of.target, key) : UNKNOWN
        }
      }
      if (node.type === 'TSImportEqualsDeclaration' && node.id.name === name) {
        const reference = node.moduleReference
        if (reference.type !== 'TSExternalModuleReference') return UNKNOWN
        const target = this.#resolve(file.path, reference.expression.value)
        return target === undefined ? UNKNOWN : { kind: 'namespace', target }
      }
      if (node.type === 'ImportDeclaration') {
        const specifier = node.specifiers.find((one) => one.local.name === name)
        if (specifier === undefined) continue
        const target = this.#resolve(file.path, node.source.value)
        if (target === undefined) return UNKNOWN
        if (specifier.type === 'ImportNamespaceSpecifier') return { kind: 'namespace', target }
        if (specifier.type === 'ImportDefaultSpecifier') {
          return target.kind === 'flowctl' ? { kind: 'namespace', target } : this.#imported(target, 'default')
        }
        return this.#imported(target, moduleName(specifier.imported))
      }
    }
    return UNKNOWN
  }

  #listExports(file: ParsedFile): readonly Export[] {
    const found: Export[] = []
    const add = (name: string, meaning: Meaning, node: Node): void => {
      found.push({ name, meaning, node })
    }
    for (const statement of file.program.body) {
      switch (statement.type) {
        case 'ExportDefaultDeclaration':
          add('default', this.meaningOf(file, statement.declaration), statement.declaration)
          break
        case 'TSExportAssignment':
          add('default', this.meaningOf(file, statement.expression), statement.expression)
          break
        case 'ExportAllDeclaration': {
          const target = this.#resolve(file.path, statement.source.value)
          if (target?.kind !== 'file' || statement.exported !== null) break
          for (const one of this.exportsOf(this.#parse(target.path))) {
            if (one.name !== 'default') add(one.name, one.meaning, statement)
          }
          break
        }
        case 'ExportNamedDeclaration': {
          const declaration = statement.declaration
          if (declaration?.type === 'ClassDeclaration') {
            if (declaration.id !== null) add(declaration.id.name, this.meaningOf(file, declaration), declaration)
          } else if (declaration?.type === 'VariableDeclaration') {
            for (const { id } of declaration.declarations) {
              if (id.type === 'Identifier') add(id.name, this.meaningOf(file, id as Node), id as Node)
            }
          }
          const target = statement.source === null ? undefined : this.#resolve(file.path, statement.source.value)
          for (const one of statement.specifiers) {
            const local = moduleName(one.local)
            if (statement.source === null) add(moduleName(one.exported), this.meaningOf(file, one.local as Node), one)
            else if (target !== undefined) add(moduleName(one.exported), this.#imported(target, local), one)
          }
          break
        }
        case 'ExpressionStatement':
          if (!file.isModule) this.#commonJsExports(file, statement.expression as Node, add)
          break
      }
    }
    return found
  }

  /** `module.exports = Flow`, `module.exports = { Flow }`, `exports.Flow = ...`, `module.exports.Flow = ...`. */
  #commonJsExports(file: ParsedFile, node: Node, add: (name: string, meaning: Meaning, node: Node) => void): void {
    if (node.type !== 'AssignmentExpression' || node.left.type !== 'MemberExpression') return
    const { left, right } = node
    const name = memberName(left)
    if (isModuleExports(left)) {
      const value = unwrap(right)
      if (value.type !== 'ObjectExpression') return add('default', this.meaningOf(file, value), value)
      for (const property of value.properties) {
        if (property.type !== 'Property' || property.key.type !== 'Identifier') continue
        add(property.key.name, this.meaningOf(file, property.value, property.key.name), property.value)
      }
    } else if (name !== undefined && (isModuleExports(left.object) || isIdentifier(left.object, 'exports'))) {
      add(name, this.meaningOf(file, right, name), right)
    }
  }
}

/** The class, function or variables that an export statement declares, or the statement itself. */
export function declarationOf(statement: Node): Node {
  if (statement.type === 'ExportNamedDeclaration' && statement.declaration !== null) return statement.declaration
  if (statement.type === 'ExportDefaultDeclaration') return statement.declaration
  return statement
}

function memberName(node: Node): string | undefined {
  if (node.type !== 'MemberExpression') return undefined
  if (!node.computed && node.property.type === 'Identifier') return node.property.name
  return stringValue(node.property as Node)
}

function isIdentifier(node: Node, name: string): boolean {
  return node.type === 'Identifier' && node.name === name
}

function isModuleExports(node: Node): boolean {
  return node.type === 'MemberExpression' && isIdentifier(node.object, 'module') && memberName(node) === 'exports'
}

function bindingName(pattern: Node): string | undefined {
  if (pattern.type === 'Identifier') return pattern.name
  return pattern.type === 'AssignmentPattern' ? bindingName(pattern.left) : undefined
}

function moduleName(node: Node): string {
  if (node.type === 'Identifier') return node.name
  return node.type === 'Literal' ? String(node.value) : ''
}

function requireSpecifier(node: Node): string | undefined {
  if (node.type !== 'CallExpression' || !isIdentifier(node.callee, 'require')) return undefined
  const argument = node.arguments[0]
  return argument === undefined ? undefined : stringValue(argument)
}
