import { flowError, RUNTIME } from '@flowctl/core'
import { refuseFunction } from './task-artifacts.ts'

/** What the accessors of an instance work on. */
export interface FieldAccess {
  readonly step: string
  readField(name: string): unknown
  assignField(name: string, value: unknown): void
  deleteField(name: string): void
  readParameter(name: string): unknown
}

type Instance = Record<string, unknown> & { [RUNTIME]?: FieldAccess }

/** Fields that only repeat a type of FlowSpec's (`input!: string`): FlowSpec answers them. */
const OF_FLOW_SPEC = new Set(['input', 'index'])

// One pair of functions a name for the whole process: making them for every task would cost more than running it.
const artifactFields = new Map<string, PropertyDescriptor>()
const parameterFields = new Map<string, PropertyDescriptor>()

function artifactField(name: string): PropertyDescriptor {
  let descriptor = artifactFields.get(name)
  if (descriptor === undefined) {
    descriptor = {
      configurable: true,
      enumerable: true,
      get(this: Instance): unknown {
        return accessOf(this).readField(name)
      },
      set(this: Instance, value: unknown): void {
        accessOf(this).assignField(name, value)
      },
    }
    artifactFields.set(name, descriptor)
  }
  return descriptor
}

function parameterField(name: string): PropertyDescriptor {
  let descriptor = parameterFields.get(name)
  if (descriptor === undefined) {
    descriptor = {
      configurable: false,
      enumerable: true,
      get(this: Instance): unknown {
        return accessOf(this).readParameter(name)
      },
      set(this: Instance): void {
        throw flowError('PARAMETER_READ_ONLY', { step: accessOf(this).step, name })
      },
    }
    parameterFields.set(name, descriptor)
  }
  return descriptor
}

const accessOf = (instance: Instance): FieldAccess => instance[RUNTIME] as FieldAccess

export interface FieldNames {
  readonly isParameter: (name: string) => boolean
  /** Names that get an accessor whether or not the class declares them as fields. */
  readonly more: Iterable<string>
  /** Whether what the field initializers set becomes artifacts: in the start step only. */
  readonly keepInitial: boolean
}

/** A constructed flow whose fields have become accessors. */
export class FlowInstance {
  readonly flow: object
  readonly #access: FieldAccess
  readonly #installed = new Set<string>()
  /** Arrow functions and the like in fields: part of the code, made anew with every instance. */
  readonly #functions = new Map<string, unknown>()

  constructor(flow: object, access: FieldAccess, names: FieldNames) {
    this.flow = flow
    this.#access = access
    Object.defineProperty(flow, RUNTIME, { value: access, configurable: true })
    const fields = flow as Instance
    for (const name of Object.keys(flow)) {
      const value = fields[name]
      if (names.isParameter(name)) Object.defineProperty(flow, name, parameterField(name))
      else if (OF_FLOW_SPEC.has(name)) delete fields[name]
      else if (typeof value === 'function') this.#functions.set(name, value)
      else {
        if (names.keepInitial && value !== undefined) access.assignField(name, value)
        this.#install(name)
      }
    }
    for (const name of names.more) if (!(name in flow)) this.#install(name)
  }

  #install(name: string): void {
    Object.defineProperty(this.flow, name, artifactField(name))
    this.#installed.add(name)
  }

  /** Hands over what the step put beside the accessors (`this[name] = value`) and what it deleted. */
  collect(): void {
    const { flow } = this
    let found = 0
    for (const name of Object.keys(flow)) {
      if (this.#installed.has(name)) {
        found += 1
        continue
      }
      const descriptor = Object.getOwnPropertyDescriptor(flow, name)
      if (descriptor === undefined || !('value' in descriptor)) continue
      const value: unknown = descriptor.value
      if (this.#functions.has(name) && this.#functions.get(name) === value) continue
      refuseFunction(name, value)
      this.#access.assignField(name, value)
    }
    if (found === this.#installed.size) return
    for (const name of this.#installed) if (!Object.hasOwn(flow, name)) this.#access.deleteField(name)
  }
}
