import type { Class, ClassElement, Function as FunctionNode, MethodDefinition, Node } from 'oxc-parser'

export type { Class, ClassElement, FunctionNode, MethodDefinition, Node }

/** Keys under which types and decorators hang: nothing in them runs with the method's `this`. */
const NOT_CODE = new Set([
  'type',
  'parent',
  'typeAnnotation',
  'typeArguments',
  'typeParameters',
  'superTypeArguments',
  'returnType',
  'implements',
])

/** The nodes right below a node, in the order of the source; types are left out. */
export function children(node: Node): Node[] {
  const found: Node[] = []
  for (const [key, value] of Object.entries(node)) {
    if (NOT_CODE.has(key)) continue
    if (Array.isArray(value)) {
      for (const one of value) if (isNode(one)) found.push(one)
    } else if (isNode(value)) found.push(value)
  }
  return found
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
}

/** Without the wrappers that change nothing at run time: parentheses, `as`, `satisfies`, `!`, `<T>`. */
export function unwrap(node: Node): Node {
  switch (node.type) {
    case 'ParenthesizedExpression':
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'TSNonNullExpression':
    case 'TSTypeAssertion':
    case 'TSInstantiationExpression':
      return unwrap(node.expression)
    default:
      return node
  }
}

/** Whether `this` inside the node is another one. */
export function rebindsThis(node: Node): boolean {
  return (
    node.type === 'FunctionExpression' ||
    node.type === 'FunctionDeclaration' ||
    node.type === 'ClassExpression' ||
    node.type === 'ClassDeclaration'
  )
}

/** The text of a string literal, also of a template without expressions. */
export function stringValue(given: Node): string | undefined {
  const node = unwrap(given)
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value
  if (node.type === 'TemplateLiteral' && node.expressions.length === 0) return node.quasis[0]?.value.cooked ?? undefined
  return undefined
}

export interface ThisMember {
  /** `#name` for a private one; `undefined` when it is computed. */
  readonly name: string | undefined
  readonly of: 'this' | 'super'
  /** The name, for its location. */
  readonly property: Node
}

/** `this.name`, `this['name']`, `this.#name`, `super.name`. */
export function thisMember(given: Node): ThisMember | undefined {
  const node = unwrap(given)
  if (node.type !== 'MemberExpression') return undefined
  const object = unwrap(node.object)
  if (object.type !== 'ThisExpression' && object.type !== 'Super') return undefined
  const of = object.type === 'Super' ? 'super' : 'this'
  const property = node.property as Node
  if (property.type === 'PrivateIdentifier') return { name: `#${property.name}`, of, property }
  if (!node.computed && property.type === 'Identifier') return { name: property.name, of, property }
  return { name: stringValue(property), of, property }
}

/** The name of a class element or an object's property: `#name` for a private one, `undefined` when it is computed. */
export function keyName(key: Node, computed: boolean): string | undefined {
  if (key.type === 'PrivateIdentifier') return `#${key.name}`
  if (!computed && key.type === 'Identifier') return key.name
  if (key.type === 'Literal' && (typeof key.value === 'string' || typeof key.value === 'number'))
    return String(key.value)
  return computed ? stringValue(key) : undefined
}
