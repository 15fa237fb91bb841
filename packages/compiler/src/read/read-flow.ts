import type { SourceFlow, SourceLocation, SourceMember, SourceStep } from '@flowctl/core'

import { keyName, type FunctionNode, type Node } from './ast.ts'
import { classChain, membersOf, type ChainedClass, type ClassMeaning, type Member } from './class-chain.ts'
import { docstringBetween } from './docstring.ts'
import type { Modules } from './modules.ts'
import { nextCalls, readNext } from './transition.ts'
import { usesOf, type MemberTable } from './uses.ts'

/** Reads a flow class with its base classes. Throws when the way to FlowSpec cannot be followed. */
export function readFlow(modules: Modules, flow: ClassMeaning): SourceFlow {
  const chain = classChain(modules, flow)
  const all = membersOf(chain)
  const members = new Map<string, Member[]>()
  for (const member of all) {
    const same = members.get(member.name)
    if (same === undefined) members.set(member.name, [member])
    else same.push(member)
  }
  const own = chain.at(-1) as ChainedClass
  const decorated = new Set(all.filter((member) => isStep(modules, member)))
  const stepNames = new Set(
    [...members].filter(([, same]) => stepOf(same, decorated) !== undefined).map(([name]) => name),
  )
  const hasStep = (name: string): boolean => stepNames.has(name)

  const steps: SourceStep[] = []
  const others: SourceMember[] = []
  for (const [name, same] of members) {
    const step = stepOf(same, decorated)
    if (step !== undefined) steps.push(readStep(step, same, decorated, members, hasStep))
    const rest = same.filter((member) => (step === undefined ? member === same.at(-1) : member.kind === 'field'))
    for (const member of rest) if (!name.startsWith('#')) others.push(readMember(member))
  }
  const { assigned, opaque } = assignments(chain, all, members, hasStep)
  return {
    flow: own.name,
    doc: docstringBetween(own.file, statementBefore(own), (own.node.id ?? own.node).start),
    at: own.file.at((own.node.id ?? own.node).start),
    steps,
    members: others,
    assigned: Object.fromEntries(assigned),
    opaque,
  }
}

/** The member that stands for a name when the name is a step: the last method, when it or one before it is decorated. */
function stepOf(same: readonly Member[], decorated: ReadonlySet<Member>): Member | undefined {
  if (!same.some((member) => decorated.has(member))) return undefined
  return same.findLast((member) => member.kind === 'method')
}

function isStep(modules: Modules, member: Member): boolean {
  if (member.kind !== 'method' || member.node.type !== 'MethodDefinition') return false
  return member.node.decorators.some((decorator) => {
    const { expression } = decorator
    const named: Node = expression.type === 'CallExpression' ? expression.callee : expression
    const meaning = modules.meaningOf(member.of.file, named)
    return meaning.kind === 'flowctl' && meaning.name === 'step'
  })
}

function readStep(
  member: Member,
  same: readonly Member[],
  decorated: ReadonlySet<Member>,
  members: MemberTable,
  hasStep: (name: string) => boolean,
): SourceStep {
  const { file } = member.of
  const method = member.code as FunctionNode
  const parameters = method.params.filter((one) => one.type !== 'Identifier' || one.name !== 'this')
  const first = parameters[0]
  const next = readNext(file, method.body?.body ?? [])
  const uses = usesOf(member, members, hasStep)
  const overridden = same.findLast((one) => decorated.has(one) && one.level < member.level)
  const before = same.find((one) => one !== member && one.level === member.level && one.kind === 'method')
  return {
    name: member.name,
    doc: docstring(member),
    at: file.at(member.key.start),
    parameters: parameters.length,
    ...(first === undefined ? {} : { parametersAt: file.at(first.start) }),
    generator: method.generator,
    marked: { start: isMarked(member, 'start'), end: isMarked(member, 'end') },
    ...(decorated.has(member) || overridden === undefined ? {} : { undecoratedOverrideOf: overridden.of.name }),
    ...(before === undefined ? {} : { definedBefore: file.at(before.key.start) }),
    ...(next === undefined ? {} : { next }),
    reads: uses.reads,
    privateWrites: uses.privateWrites,
  }
}

/** Whether a decorator of the method is called with `{ start: true }`, or `end`. */
function isMarked(member: Member, option: 'start' | 'end'): boolean {
  if (member.node.type !== 'MethodDefinition') return false
  return member.node.decorators.some(({ expression }) => {
    const options = expression.type === 'CallExpression' ? expression.arguments[0] : undefined
    if (options?.type !== 'ObjectExpression') return false
    return options.properties.some((one) => {
      if (one.type !== 'Property' || keyName(one.key, one.computed) !== option) return false
      return one.value.type === 'Literal' && one.value.value === true
    })
  })
}

function readMember(member: Member): SourceMember {
  const { file } = member.of
  const call = member.code === undefined ? undefined : nextCallsIn(member.code)[0]
  return {
    name: member.name,
    at: file.at(member.key.start),
    kind: member.kind === 'field' && member.code !== undefined ? 'method' : member.kind,
    ...(call === undefined ? {} : { nextAt: file.at(call.start) }),
  }
}

function nextCallsIn(code: Node): readonly Node[] {
  if (code.type !== 'FunctionExpression' && code.type !== 'ArrowFunctionExpression') return []
  return code.body === null ? [] : nextCalls(code.body)
}

function assignments(
  chain: readonly ChainedClass[],
  all: readonly Member[],
  members: MemberTable,
  hasStep: (name: string) => boolean,
): { assigned: ReadonlyMap<string, SourceLocation>; opaque: boolean } {
  const assigned = new Map<string, SourceLocation>()
  let opaque = false
  const code = [...chain.flatMap((of, level) => constructorsOf(of, level)), ...all]
  for (const member of code) {
    const uses = usesOf(member, members, hasStep, false)
    opaque ||= uses.opaque
    for (const [name, at] of uses.assigned) if (!assigned.has(name)) assigned.set(name, at)
  }
  return { assigned, opaque }
}

function constructorsOf(of: ChainedClass, level: number): readonly Member[] {
  return of.node.body.body.flatMap((node): readonly Member[] => {
    if (node.type !== 'MethodDefinition' || node.kind !== 'constructor') return []
    return [{ name: 'constructor', of, level, node, key: node.key, kind: 'method', code: node.value }]
  })
}

/** The JSDoc between the end of what stands before a member and its name. */
function docstring(member: Member): string {
  const elements = member.of.node.body.body
  const index = elements.findIndex((one) => one === member.node)
  const before = elements[index - 1]
  return docstringBetween(member.of.file, before?.end ?? member.of.node.body.start, member.key.start)
}

/** Where the statement ends that stands before the one which holds the class. */
function statementBefore(of: ChainedClass): number {
  const { body } = of.file.program
  const index = body.findIndex((statement) => statement.start <= of.node.start && of.node.end <= statement.end)
  return body[index - 1]?.end ?? 0
}
