import { flowError, targets, type StepNode, type Transition } from '@flowctl/core'

/** One call of `this.next(...)`, as given. */
export interface NextCall {
  readonly targets: readonly string[]
  /** By case, for a switch. */
  readonly cases?: Readonly<Record<string, string>>
  readonly foreach?: string
  readonly condition?: string
}

/** Which step a method is; `undefined` for any other function. */
export type StepName = (method: unknown) => string | undefined

const UNKNOWN = '<not a step>'

/** Reads the arguments of `this.next(...)`. What is not understood shows as such when it is compared with the source. */
export function readNextCall(args: readonly unknown[], stepName: StepName): NextCall {
  const options =
    args.length > 1 && typeof args.at(-1) === 'object' ? (args.at(-1) as Record<string, unknown>) : undefined
  const rest = options === undefined ? args : args.slice(0, -1)
  const nameOf = (method: unknown): string => stepName(method) ?? UNKNOWN
  const first = rest[0]
  const foreach = textOption(options, 'foreach')
  const condition = textOption(options, 'condition')
  const written = { ...(foreach === undefined ? {} : { foreach }), ...(condition === undefined ? {} : { condition }) }
  if (rest.length === 1 && typeof first === 'object' && first !== null) {
    const cases = Object.fromEntries(Object.entries(first).map(([value, method]) => [value, nameOf(method)]))
    return { targets: Object.values(cases), cases, ...written }
  }
  return { targets: rest.map(nameOf), ...written }
}

function textOption(options: Record<string, unknown> | null | undefined, key: string): string | undefined {
  const value = options?.[key]
  return value === undefined ? undefined : String(value)
}

/** Whether what the step did is what its source says; throws the error of the table that tells the difference. */
export function checkTransition(node: StepNode, calls: readonly NextCall[]): void {
  const step = node.name
  const { transition } = node
  if (calls.length === 0) {
    if (transition.kind === 'end') return
    throw flowError('NEXT_NOT_CALLED', { step, expected: targets(transition) })
  }
  if (transition.kind === 'end') throw flowError('NEXT_IN_END', { step })
  if (calls.length > 1) throw flowError('NEXT_CALLED_TWICE', { step })
  const call = calls[0] as NextCall
  const expected = textOfTransition(transition)
  const given = textOfCall(call)
  if (expected !== given) throw flowError('NEXT_OTHER_TARGET', { step, expected, given })
}

const transitionTexts = new WeakMap<Transition, string>()

function textOfTransition(transition: Transition): string {
  let text = transitionTexts.get(transition)
  if (text === undefined) transitionTexts.set(transition, (text = writtenTransition(transition)))
  return text
}

function writtenTransition(transition: Transition): string {
  switch (transition.kind) {
    case 'linear':
      return textOfCall({ targets: [transition.to] })
    case 'split':
      return textOfCall({ targets: transition.to })
    case 'foreach':
      return textOfCall({ targets: [transition.to], foreach: transition.over })
    case 'switch': {
      const cases = Object.fromEntries(transition.cases.map((one) => [one.value, one.to]))
      return textOfCall({ targets: [], cases, condition: transition.condition })
    }
    case 'end':
      return 'nothing'
  }
}

function textOfCall(call: NextCall): string {
  const methods =
    call.cases === undefined
      ? call.targets.map((name) => `this.${name}`)
      : [
          `{ ${Object.entries(call.cases)
            .map(([value, name]) => `${keyText(value)}: this.${name}`)
            .join(', ')} }`,
        ]
  const options = [
    ...(call.foreach === undefined ? [] : [`foreach: '${call.foreach}'`]),
    ...(call.condition === undefined ? [] : [`condition: '${call.condition}'`]),
  ]
  return `this.next(${[...methods, ...(options.length === 0 ? [] : [`{ ${options.join(', ')} }`])].join(', ')})`
}

const keyText = (key: string): string => (/^[\w$]+$/.test(key) ? key : `'${key}'`)
