import type { SourceLocation, SourceName, SourceNext, SwitchCase, Transition, TransitionProblem } from '@flowctl/core'

import { keyName, rebindsThis, stringValue, thisMember, unwrap, children, type Node } from './ast.ts'
import type { ParsedFile } from './parse.ts'

type Call = Extract<Node, { type: 'CallExpression' }>
type ObjectLiteral = Extract<Node, { type: 'ObjectExpression' }>
type Code = TransitionProblem['code']

/** Problems after which it is not known where the step leads, or by what kind of transition. */
const SHAPELESS: ReadonlySet<Code> = new Set<Code>([
  'NEXT_WITHOUT_TARGET',
  'NEXT_TARGET_UNREADABLE',
  'NEXT_OPTIONS_UNREADABLE',
  'FOREACH_SEVERAL_TARGETS',
  'SWITCH_CASE_UNREADABLE',
  'SWITCH_CASES_MISSING',
  'SWITCH_WITH_FOREACH',
])

/** Every `this.next(...)` below a node that shares its `this`, in the order of the source. */
export function nextCalls(node: Node): readonly Call[] {
  if (rebindsThis(node)) return []
  const own = node.type === 'CallExpression' && isNext(node) ? [node] : []
  return [...own, ...children(node).flatMap(nextCalls)]
}

function isNext(call: Call): boolean {
  const member = thisMember(call.callee)
  return member?.of === 'this' && member.name === 'next'
}

/** Reads the transition of a step from the statements of its method; `undefined` when there is none. */
export function readNext(file: ParsedFile, body: readonly Node[]): SourceNext | undefined {
  const calls = body.flatMap((statement) => nextCalls(statement))
  const first = calls[0]
  if (first === undefined) return undefined
  const statements = body.filter((statement) => statement.type !== 'EmptyStatement')
  const plain = calls.filter((call) => statements.some((statement) => calledBy(statement) === call))
  const last = statements.at(-1)
  const misplaced = placement(file, calls, plain, last === undefined ? undefined : calledBy(last))
  if (calls.length === 1) {
    const read = new TransitionReader(file, first).read()
    return misplaced === undefined ? read : { ...read, problems: [misplaced, ...read.problems] }
  }
  // Which of them counts is not known; but each tells which steps are meant.
  const reads = calls.map((call) => new TransitionReader(file, call).read())
  const problems = [...(misplaced === undefined ? [] : [misplaced]), ...reads.flatMap((one) => one.problems)]
  return { at: misplaced?.at ?? file.at(first.start), targets: reads.flatMap((one) => one.targets), problems }
}

/** The call that a statement consists of: `this.next(...)`, also returned or awaited. */
function calledBy(statement: Node): Node | undefined {
  const value =
    statement.type === 'ExpressionStatement'
      ? statement.expression
      : statement.type === 'ReturnStatement'
        ? statement.argument
        : undefined
  if (value === undefined || value === null) return undefined
  const node = unwrap(value)
  return node.type === 'AwaitExpression' ? unwrap(node.argument) : node
}

function placement(
  file: ParsedFile,
  calls: readonly Call[],
  plain: readonly Call[],
  last: Node | undefined,
): TransitionProblem | undefined {
  const nested = calls.find((call) => !plain.includes(call))
  if (nested !== undefined) return problem(file, 'NEXT_NESTED', nested)
  if (plain.length > 1) return problem(file, 'NEXT_TWICE', plain[1] as Call)
  return plain[0] === last ? undefined : problem(file, 'NEXT_NOT_LAST', plain[0] as Call)
}

function problem(file: ParsedFile, code: Code, node: Node): TransitionProblem {
  return { code, at: file.at(node.start), text: file.excerpt(node) }
}

/** Reads the arguments of one call. */
class TransitionReader {
  readonly #file: ParsedFile
  readonly #call: Call
  readonly #problems: TransitionProblem[] = []
  readonly #targets: SourceName[] = []
  #fieldAt: SourceLocation | undefined

  constructor(file: ParsedFile, call: Call) {
    this.#file = file
    this.#call = call
  }

  read(): SourceNext {
    const transition = this.#transition()
    const readable = transition !== undefined && this.#problems.length === 0
    const shaped = transition !== undefined && !this.#problems.some((one) => SHAPELESS.has(one.code))
    return {
      at: this.#file.at(this.#call.start),
      targets: this.#targets,
      problems: this.#problems,
      ...(readable ? { transition } : {}),
      ...(shaped ? { shape: transition.kind } : {}),
      ...(this.#fieldAt === undefined ? {} : { fieldAt: this.#fieldAt }),
    }
  }

  #report(code: Code, node: Node): undefined {
    this.#problems.push(problem(this.#file, code, node))
  }

  #transition(): Exclude<Transition, { kind: 'end' }> | undefined {
    const given = this.#call.arguments.map((one) => (one.type === 'SpreadElement' ? one : unwrap(one)))
    const first = given[0]
    if (first === undefined) return this.#report('NEXT_WITHOUT_TARGET', this.#call)
    if (first.type === 'ObjectExpression') {
      if (given.length === 1 && isOptions(first)) return this.#report('NEXT_WITHOUT_TARGET', this.#call)
      return this.#switch(first, given.slice(1))
    }
    const last = given.at(-1) as Node
    const options = given.length > 1 && last.type === 'ObjectExpression' ? last : undefined
    const steps = options === undefined ? given : given.slice(0, -1)
    for (const one of steps) this.#target(one)
    const { foreach, condition } = this.#options(options)
    if (condition !== undefined) this.#report('SWITCH_CASES_MISSING', this.#call)
    if (foreach !== undefined) {
      const over = this.#field(foreach, 'FOREACH_NOT_LITERAL')
      if (steps.length > 1) return this.#report('FOREACH_SEVERAL_TARGETS', this.#call)
      return { kind: 'foreach', to: this.#targets[0]?.name ?? '', over: over ?? '' }
    }
    const to = this.#targets.map((one) => one.name)
    return to.length === 1 ? { kind: 'linear', to: to[0] as string } : { kind: 'split', to }
  }

  #switch(cases: ObjectLiteral, rest: readonly Node[]): Extract<Transition, { kind: 'switch' }> | undefined {
    const read = new Map<string, SwitchCase>()
    for (const property of cases.properties) {
      const value = property.type === 'Property' ? keyName(property.key, property.computed) : undefined
      if (property.type !== 'Property' || value === undefined) this.#report('SWITCH_CASE_UNREADABLE', property)
      else {
        const to = this.#target(unwrap(property.value))
        read.set(value, { value, to: to ?? '' })
      }
    }
    if (cases.properties.length < 2) this.#report('SWITCH_TOO_FEW_CASES', cases)
    const last = rest.at(-1)
    for (const extra of rest.slice(0, -1)) this.#report('NEXT_TARGET_UNREADABLE', extra)
    if (last !== undefined && last.type !== 'ObjectExpression') return this.#report('NEXT_OPTIONS_UNREADABLE', last)
    const known = this.#problems.length
    const { foreach, condition } = this.#options(last)
    if (foreach !== undefined) this.#report('SWITCH_WITH_FOREACH', this.#call)
    else if (condition === undefined && this.#problems.length === known)
      this.#report('SWITCH_CONDITION_MISSING', this.#call)
    const field = condition === undefined ? undefined : this.#field(condition, 'SWITCH_CONDITION_NOT_LITERAL')
    return { kind: 'switch', condition: field ?? '', cases: [...read.values()] }
  }

  #options(options: ObjectLiteral | undefined): { foreach?: Node; condition?: Node } {
    const found: { foreach?: Node; condition?: Node } = {}
    for (const property of options?.properties ?? []) {
      const name = property.type === 'Property' ? keyName(property.key, property.computed) : undefined
      if (property.type !== 'Property' || name === undefined) this.#report('NEXT_OPTIONS_UNREADABLE', property)
      else if (name === 'foreach' || name === 'condition') found[name] = property.value
      else this.#problems.push({ code: 'NEXT_OPTION_UNKNOWN', at: this.#file.at(property.start), text: name })
    }
    return found
  }

  #field(node: Node, otherwise: Code): string | undefined {
    const name = stringValue(node)
    if (name === undefined) return this.#report(otherwise, node)
    this.#fieldAt = this.#file.at(node.start)
    return name
  }

  #target(node: Node): string | undefined {
    const member = thisMember(node)
    if (member?.of !== 'this' || member.name === undefined) return this.#report('NEXT_TARGET_UNREADABLE', node)
    this.#targets.push({ name: member.name, at: this.#file.at(node.start) })
    return member.name
  }
}

function isOptions(object: ObjectLiteral): boolean {
  const names = object.properties.map((one) => (one.type === 'Property' ? keyName(one.key, one.computed) : undefined))
  return names.every((name) => name === 'foreach' || name === 'condition')
}
