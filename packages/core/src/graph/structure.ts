import { stepOf, targets, type FlowGraph, type StepNode } from './model.ts'

/** How the splits, foreaches and joins of a valid graph nest. Records hold an entry for each step they speak of. */
export interface GraphStructure {
  /** Enclosing open splits/foreaches of a step, outermost first, as names of the splitting steps. A join's own list is that of its split. */
  readonly enclosing: Readonly<Record<string, readonly string[]>>
  /** For each split and foreach step: its join. */
  readonly joinOf: Readonly<Record<string, string>>
  /** For each join: the splitting step it closes. */
  readonly splitOf: Readonly<Record<string, string>>
  /** How many foreaches enclose the step: the length of its task ids. */
  readonly foreachDepth: Readonly<Record<string, number>>
  /** Steps in topological order (self-loops ignored); of steps that could come next, the first of the source does. */
  readonly order: readonly string[]
  /** Steps whose transitions may lead to the step, in the order of the source; itself is left out. */
  readonly predecessors: Readonly<Record<string, readonly string[]>>
  /** Enclosing foreach steps only, outermost first. */
  readonly foreaches: Readonly<Record<string, readonly string[]>>
  /**
   * For each foreach whose body is a linear chain without inner splits, switches or loops, all steps in the same pool and
   * environment: the chain's steps in order. Else absent, and absent everywhere in an isolated flow.
   */
  readonly chainOf: Readonly<Record<string, readonly string[]>>
  /** The chain head under which a step's commits are stored: the first step of the chain it is packed in, or the step itself. */
  readonly headOf: Readonly<Record<string, string>>
}

const known = new WeakMap<FlowGraph, GraphStructure>()

/** The structure of a graph that passed the checks; computed once for each graph object. */
export function structureOf(graph: FlowGraph): GraphStructure {
  let structure = known.get(graph)
  if (structure === undefined) {
    structure = computeStructure(graph)
    known.set(graph, structure)
  }
  return structure
}

function computeStructure(graph: FlowGraph): GraphStructure {
  const order = topologicalOrder(graph)
  const enclosing = table<readonly string[]>()
  const joinOf = table<string>()
  const splitOf = table<string>()
  enclosing[graph.start] = []
  for (const name of order) {
    const step = stepOf(graph, name)
    const own = enclosing[name] ?? []
    const opens = step.transition.kind === 'split' || step.transition.kind === 'foreach'
    const below = opens ? [...own, name] : own
    for (const to of targets(step.transition)) {
      if (to === name) continue
      const joins = graph.steps[to]?.join === true
      const split = below.at(-1)
      if (joins && split !== undefined) {
        joinOf[split] = to
        splitOf[to] = split
      }
      enclosing[to] ??= joins ? below.slice(0, -1) : below
    }
  }

  const foreachDepth = table<number>()
  const foreaches = table<readonly string[]>()
  const chainOf = table<readonly string[]>()
  const headOf = table<string>()
  for (const name of order) {
    const around = (enclosing[name] ?? []).filter((split) => graph.steps[split]?.transition.kind === 'foreach')
    foreaches[name] = around
    foreachDepth[name] = around.length
    headOf[name] ??= name
    const chain = chainBelow(graph, name)
    if (chain === undefined) continue
    chainOf[name] = chain
    for (const member of chain) headOf[member] = chain[0] as string
  }
  return {
    enclosing,
    joinOf,
    splitOf,
    foreachDepth,
    order,
    predecessors: predecessorsIn(graph),
    foreaches,
    chainOf,
    headOf,
  }
}

function predecessorsIn(graph: FlowGraph): Record<string, readonly string[]> {
  const before = table<string[]>()
  for (const { name, transition } of Object.values(graph.steps)) {
    for (const to of new Set(targets(transition))) if (to !== name) (before[to] ??= []).push(name)
  }
  return before
}

/** The steps between a foreach and its join when they can be run one after the other in one process. */
function chainBelow(graph: FlowGraph, foreach: string): readonly string[] | undefined {
  const transition = graph.steps[foreach]?.transition
  if (transition?.kind !== 'foreach' || graph.isolate === true) return undefined
  const chain: string[] = []
  for (let name = transition.to; ;) {
    const step = graph.steps[name]
    if (step === undefined) return undefined
    if (step.join) return chain
    const first = graph.steps[chain[0] ?? name]
    if (step.transition.kind !== 'linear' || processOf(step) !== processOf(first as StepNode)) {
      return undefined
    }
    chain.push(name)
    name = step.transition.to
  }
}

/** What a process must be like to run the step. */
function processOf(step: StepNode): string {
  const { resources, environment } = step.decorators
  return JSON.stringify([resources?.pool ?? 'default', environment?.vars ?? {}])
}

/** Kahn's algorithm with the order of the source as the tie-breaker; steps on a cycle, and all after it, are left out. */
function topologicalOrder(graph: FlowGraph): readonly string[] {
  const names = Object.keys(graph.steps)
  const rank = new Map(names.map((name, index) => [name, index]))
  const waits = new Map(names.map((name) => [name, 0]))
  const next = new Map<string, readonly string[]>()
  for (const name of names) {
    const step = stepOf(graph, name)
    const after = [...new Set(targets(step.transition))].filter((to) => to !== name && rank.has(to))
    next.set(name, after)
    for (const to of after) waits.set(to, (waits.get(to) as number) + 1)
  }
  const byRank = (a: string, b: string): number => (rank.get(b) as number) - (rank.get(a) as number)
  const ready = names.filter((name) => waits.get(name) === 0).sort(byRank)
  const order: string[] = []
  for (let name = ready.pop(); name !== undefined; name = ready.pop()) {
    order.push(name)
    let added = false
    for (const to of next.get(name) as readonly string[]) {
      const left = (waits.get(to) as number) - 1
      waits.set(to, left)
      if (left > 0) continue
      ready.push(to)
      added = true
    }
    if (added) ready.sort(byRank)
  }
  return order
}

/** Without a prototype, so that a step called `valueOf` is found only when it is there. */
function table<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>
}
