import { renderGraph, type FlowGraph } from '@flowctl/core'
import { oneOf } from '../arguments/run-options.ts'
import { EXIT, type CommandContext } from '../context/context.ts'
import { counted } from '@flowctl/present'
import { paintFor } from '../format/paint.ts'
import { flowLines } from '../render/flow-text.ts'
import { shellWord } from '../render/outcome.ts'
import { lookAtFlow } from './flow-file.ts'
import { programName } from '../context/program-name.ts'

/** `flowctl show FILE` */
export async function showCommand(context: CommandContext, file: string): Promise<number> {
  const paint = paintFor(context.stdout, context.environment)
  const lines = await lookAtFlow(context, file, (flow) => flowLines(flow.graph, flow.description, paint))
  context.stdout.write(`${lines.join('\n')}\n`)
  return EXIT.done
}

/** `flowctl check FILE`: opening a flow checks it and throws all its problems. */
export async function checkCommand(context: CommandContext, file: string): Promise<number> {
  const paint = paintFor(context.stdout, context.environment)
  const found = await lookAtFlow(context, file, ({ graph, description }) => {
    const steps = counted(Object.keys(graph.steps).length, 'step')
    return `${paint('green', `${graph.flow} looks good:`)} ${steps}, ${counted(description.parameters.length, 'parameter')}.`
  })
  const word = shellWord(file)
  const program = programName(context)
  const hints = [
    `  ${program} show ${word}        describes it`,
    `  ${program} run ${word}         runs it here`,
    `  ${program} run ${word} --help  explains its parameters`,
  ]
  context.stdout.write(`${[found, '', ...hints].join('\n')}\n`)
  return EXIT.done
}

const FORMATS = ['dot', 'mermaid', 'json'] as const

/** `flowctl graph FILE` */
export async function graphCommand(
  context: CommandContext,
  file: string,
  options: { format: string },
): Promise<number> {
  const format = oneOf({ source: '--format', text: options.format }, FORMATS)
  const graph = await lookAtFlow(context, file, (flow): FlowGraph => flow.graph)
  context.stdout.write(`${renderGraph(graph, format).trimEnd()}\n`)
  return EXIT.done
}
