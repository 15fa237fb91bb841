import type { FlowctlError } from '../../errors/flowctl-error.ts'
import { flowError } from '../../errors/table.ts'
import type { FlowClass, FlowSpec } from '../flow-spec.ts'
import type { DeclaredParameter, ParameterDeclaration } from '../declarations/declaration.ts'
import type { Construction } from '../shared-state.ts'
import { constructWith } from './construction.ts'
import { standIn } from './stand-in.ts'

/** What making an instance of a flow shows. */
export interface Discovery {
  /** In the order of their fields, base classes first. Of a field that is declared again, the last declaration. */
  readonly declared: readonly DeclaredParameter[]
  /** By the order of the declarations: the field, `undefined` for a declaration that no field holds. */
  readonly fields: readonly (string | undefined)[]
  readonly problems: readonly FlowctlError[]
  /** An instance made with stand-ins for the parameters; `undefined` when none could be made. */
  readonly instance: FlowSpec | undefined
}

const discoveries = new WeakMap<FlowClass, Discovery>()

/** Finds the parameters of a flow; once per class. */
export function discoverFlow(flowClass: FlowClass): Discovery {
  const known = discoveries.get(flowClass)
  if (known !== undefined) return known
  const made = discover(flowClass)
  discoveries.set(flowClass, made)
  return made
}

/**
 * A declaration does not know its field, so every declaration answers with a marker, and the field that holds the marker in the
 * end is its name. An initializer that computes with a marker may throw; then the parameters whose fields are already
 * known answer with stand-ins, as often as that brings one more to light.
 */
function discover(flowClass: FlowClass): Discovery {
  const names = new Map<number, string>()
  for (;;) {
    const attempt = construct(flowClass, names)
    for (const [index, field] of attempt.found) names.set(index, field)
    if (attempt.instance !== undefined || attempt.found.size === 0) return conclude(flowClass, attempt, names)
  }
}

interface ConstructionTry {
  readonly declarations: readonly ParameterDeclaration[]
  /** Fields that came to hold a marker, by the marker's index. */
  readonly found: ReadonlyMap<number, string>
  readonly problems: readonly FlowctlError[]
  readonly instance: FlowSpec | undefined
  readonly failure?: { readonly error: unknown; readonly after: string | undefined }
}

function construct(flowClass: FlowClass, names: ReadonlyMap<number, string>): ConstructionTry {
  const declarations: ParameterDeclaration[] = []
  const markers = new Map<unknown, number>()
  const found = new Map<number, string>()
  const problems: FlowctlError[] = []
  const findMarkers = (): void => {
    for (const [field, value] of Object.entries(construction.instance ?? {})) {
      const index = markers.get(value)
      // A second field with the same marker is a copy of the value, an artifact like any other.
      if (index !== undefined && !found.has(index)) found.set(index, field)
    }
  }
  const construction: Construction = {
    parameter(declaration) {
      // Now, for a class further down may declare the same field again.
      findMarkers()
      const index = declarations.push(declaration) - 1
      if (names.has(index)) return standIn(declaration)
      const marker = {}
      markers.set(marker, index)
      return marker
    },
    problem: (error) => void problems.push(error),
  }
  let instance: FlowSpec | undefined
  let failure: ConstructionTry['failure']
  try {
    instance = constructWith(flowClass, construction)
  } catch (error) {
    failure = { error, after: Object.keys(construction.instance ?? {}).at(-1) }
  }
  findMarkers()
  return { declarations, found, problems, instance, ...(failure === undefined ? {} : { failure }) }
}

function conclude(flowClass: FlowClass, attempt: ConstructionTry, names: ReadonlyMap<number, string>): Discovery {
  const problems = [...attempt.problems]
  const declared = new Map<string, DeclaredParameter>()
  attempt.declarations.forEach((declaration, index) => {
    const field = names.get(index)
    if (field !== undefined) declared.set(field, { field, declaration })
    else if (attempt.failure === undefined) {
      problems.push(flowError('PARAMETER_NOT_A_FIELD', { flow: flowClass.name, factory: declaration.factory }))
    }
  })
  if (attempt.failure !== undefined) {
    const { error: cause, after } = attempt.failure
    const message = cause instanceof Error ? cause.message : String(cause)
    problems.push(flowError('FLOW_CONSTRUCTION_FAILED', { flow: flowClass.name, after, message }, { cause }))
  }
  const fields = attempt.declarations.map((_, index) => names.get(index))
  return { declared: [...declared.values()], fields, problems, instance: attempt.instance }
}
