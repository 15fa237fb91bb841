import { FlowProblems } from '../../errors/problems.ts'
import { flowError } from '../../errors/table.ts'
import type { StepDecorators } from '../../graph/model.ts'
import { resolveStepDecorator, STEP_DECORATORS, type StepDecoratorName } from './step-decorators.ts'

/**
 * Reads a decorator as `--with` gives it: `retry`, `retry:times=3,backoff=2`, `environment:vars={"LANG":"C"}`, `concurrent:50`.
 *
 * Throws FlowProblems: WITH_DECORATOR_UNKNOWN, WITH_DECORATOR_SYNTAX, and the errors of decorators' options.
 */
export function parseWithDecorator(text: string): StepDecorators {
  const colon = text.indexOf(':')
  const name = (colon < 0 ? text : text.slice(0, colon)).trim()
  if (!Object.hasOwn(STEP_DECORATORS, name)) {
    throw new FlowProblems([flowError('WITH_DECORATOR_UNKNOWN', { given: name, known: Object.keys(STEP_DECORATORS) })])
  }
  const attributes = colon < 0 ? '' : text.slice(colon + 1)
  const alone = STEP_DECORATORS[name as StepDecoratorName].sole !== undefined && /^[^=]+$/.test(attributes)
  const options = colon < 0 ? {} : alone ? readValue(attributes.trim()) : readAttributes(text, attributes)
  const resolved = resolveStepDecorator(name as StepDecoratorName, options, `--with ${text}`)
  if ('problems' in resolved) throw new FlowProblems(resolved.problems)
  return resolved.decorators
}

function readAttributes(given: string, text: string): Record<string, unknown> {
  const options: Record<string, unknown> = {}
  for (const part of splitOutsideJson(text)) {
    const [, name, value] = /^\s*([A-Za-z_]\w*)\s*=(.*)$/s.exec(part) ?? []
    if (name === undefined || value === undefined || Object.hasOwn(options, name)) {
      throw new FlowProblems([flowError('WITH_DECORATOR_SYNTAX', { given, part })])
    }
    Object.defineProperty(options, name, { value: readValue(value.trim()), enumerable: true })
  }
  return options
}

/** Splits at commas, but not at those inside brackets or quotes. */
function splitOutsideJson(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let quoted = false
  let from = 0
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (quoted && char === '\\') at++
    else if (char === '"') quoted = !quoted
    else if (quoted) continue
    else if (char === '{' || char === '[') depth++
    else if (char === '}' || char === ']') depth--
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(from, at))
      from = at + 1
    }
  }
  return [...parts, text.slice(from)]
}

/** Numbers, booleans and JSON are what they look like, everything else is a string. */
function readValue(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
