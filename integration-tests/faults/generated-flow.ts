import { structureOf, type FlowGraph, type StepNode, type Transition } from '@flowctl/core'

/**
 * A flow file with the given graph. What its tasks leave follows from where they are and from what came before, so two runs leave the
 * same; every task says in a file that it began.
 */
export function sourceOfFlow(graph: FlowGraph): string {
  return `import { appendFileSync } from 'node:fs'
import { current, FlowSpec, Parameter, step, type Inputs } from 'flowctl'

function mix(text: string): number {
  let hash = 0x811c9dc5
  for (const char of text) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0
  return hash
}

export default class ${graph.flow} extends FlowSpec {
  file = Parameter.string({ required: true })
  items!: number[]
  choice!: string
  value!: number

${structureOf(graph)
  .order.map((name) => stepSource(graph, graph.steps[name] as StepNode))
  .join('\n')}
  mark(before: string) {
    const task = \`\${current.stepName} \${current.taskId} \${current.attempt}\`
    appendFileSync(this.file, \`\${task} \${process.pid} \${process.ppid} \${Date.now()}\\n\`)
    this.value = mix(\`\${before} \${current.stepName} \${current.taskId}\`)
  }
}
`
}

function stepSource(graph: FlowGraph, step: StepNode): string {
  const before = step.join
    ? "inputs.map((input) => input.value).join(' ')"
    : step.name === graph.start
      ? "'start'"
      : 'String(this.value)'
  return `  @step ${step.name}(${step.join ? 'inputs: Inputs<this>' : ''}) {
    this.mark(${before})
${nextSource(step.name, step.transition)}  }
`
}

function nextSource(name: string, transition: Transition): string {
  const to = (step: string): string => `this.${step}`
  switch (transition.kind) {
    case 'end':
      return ''
    case 'linear':
      return `    this.next(${to(transition.to)})\n`
    case 'split':
      return `    this.next(${transition.to.map(to).join(', ')})\n`
    case 'foreach':
      return `    this.items = Array.from({ length: this.value % 5 }, (_, n) => n)
    this.next(${to(transition.to)}, { foreach: 'items' })\n`
    case 'switch': {
      const values = transition.cases.map((one) => one.value)
      const leaving = transition.cases.filter((one) => one.to !== name).map((one) => one.value)
      const cases = transition.cases.map((one) => `${one.value}: ${to(one.to)}`)
      return `    const cases = Number(current.taskId.split('~')[1] ?? 0) < 2 ? ${JSON.stringify(values)} : ${JSON.stringify(leaving)}
    this.choice = cases[this.value % cases.length] as string
    this.next({ ${cases.join(', ')} }, { condition: 'choice' })\n`
    }
  }
}
