import { inspect } from 'node:util'
import { flowError, type ArtifactRef } from '@flowctl/core'
import type { InputRecords } from './input-records.ts'
import type { Session } from './session.ts'

/** Inputs whose loaded values are kept, so that reading `inputs[0].model` twice gives the same object. */
const KEPT_INPUTS = 16
/** How far `for await` fetches ahead. */
const READ_AHEAD = 256

/** What stands behind the `inputs` of one join. */
export class InputList {
  readonly records: InputRecords
  readonly #session: Session
  readonly #join: string
  readonly #values = new Map<number, Map<string, unknown>>()
  readonly #namesRead = new Set<string>()
  readonly #outerIndex: number | undefined

  constructor(
    session: Session,
    join: { readonly step: string; readonly path: readonly number[] },
    records: InputRecords,
  ) {
    this.records = records
    this.#session = session
    this.#join = join.step
    this.#outerIndex = join.path.at(-1)
  }

  /** The views as the array that the step receives. */
  views(): unknown[] {
    const { records } = this
    const viewOf = viewMaker(this.#session, this.#join)
    const views: unknown[] = []
    for (let position = 0; position < records.count; position += 1) views.push(viewOf(this, position))
    // A branch goes by its first step's name and by its last one's.
    records.branches?.forEach((branch, position) => {
      for (const name of [branch, records.record(position).step]) {
        if (!(name in views)) Object.defineProperty(views, name, { value: views[position] })
      }
    })
    Object.defineProperty(views, Symbol.asyncIterator, { value: () => this.#streamed(views) })
    return views
  }

  /** `fallback` answers for what is no artifact: methods and getters of the flow. */
  read(position: number, name: string, fallback: () => unknown): unknown {
    const record = this.records.record(position)
    const ref = Object.hasOwn(record.artifacts, name) ? (record.artifacts[name] as ArtifactRef) : undefined
    if (ref !== undefined) {
      if (ref.inline === undefined) this.#namesRead.add(name)
      return this.#kept(position, name, () => this.#session.loaded.load(ref))
    }
    const { parameters } = this.#session
    if (parameters.has(name)) return this.#kept(position, name, () => parameters.copy(name))
    if (name === 'index') return this.records.branches === undefined ? position : this.#outerIndex
    const { segments } = this.records
    if (name === 'input' && segments !== undefined) {
      return this.#kept(position, name, () => this.#session.items.item(segments, position))
    }
    const join = record.dropped?.[name]
    if (join !== undefined) throw flowError('ARTIFACT_DROPPED', { step: this.#join, name, join })
    return fallback()
  }

  describe(position: number): object {
    const { step, task, artifacts } = this.records.record(position)
    return { step, task, artifacts: Object.keys(artifacts) }
  }

  #kept(position: number, name: string, load: () => unknown): unknown {
    let values = this.#values.get(position)
    if (values === undefined) {
      values = new Map()
      this.#values.set(position, values)
      if (this.#values.size > KEPT_INPUTS) {
        const [oldest] = this.#values.keys()
        this.#values.delete(oldest as number)
      }
    }
    if (values.has(name)) return values.get(name)
    const value = load()
    values.set(name, value)
    return value
  }

  /** Fetches ahead, in parallel, the artifacts that were read of earlier inputs. */
  async *#streamed(views: readonly unknown[]): AsyncGenerator<unknown, void, undefined> {
    for (let from = 0; from < views.length; from += READ_AHEAD) {
      const to = Math.min(from + READ_AHEAD, views.length)
      if (this.#namesRead.size > 0) await this.#session.artifacts.prefetch(this.#refsRead(from, to))
      for (let position = from; position < to; position += 1) yield views[position]
    }
  }

  #refsRead(from: number, to: number): ArtifactRef[] {
    const refs: ArtifactRef[] = []
    for (let position = from; position < to; position += 1) {
      const { artifacts } = this.records.record(position)
      for (const name of this.#namesRead) {
        const ref = Object.hasOwn(artifacts, name) ? artifacts[name] : undefined
        if (ref !== undefined && ref.inline === undefined) refs.push(ref)
      }
    }
    return refs
  }
}

/** What a view is of. Private fields, so that nothing the user does shows or loses them. */
class InputView {
  readonly #list: InputList
  readonly #position: number

  constructor(list: InputList, position: number) {
    this.#list = list
    this.#position = position
  }

  static place(value: unknown): { readonly list: InputList; readonly position: number } | undefined {
    if (typeof value !== 'object' || value === null || !(#list in value)) return undefined
    return { list: value.#list, position: value.#position }
  }

  /** The same without making an object, for the hot path. */
  static read(view: unknown, name: string, fallback: () => unknown): unknown {
    if (typeof view !== 'object' || view === null || !(#list in view)) return fallback()
    return view.#list.read(view.#position, name, fallback)
  }
}

/** Which input of which join a value is; `undefined` for anything else. */
export const inputPlace = (value: unknown): ReturnType<typeof InputView.place> => InputView.place(value)

type ViewMaker = (list: InputList, position: number) => unknown

/**
 * Views have no properties of their own: what is read of them is answered by a proxy in their prototype chain. So a
 * hundred thousand of them cost little, and names need not be known in advance.
 */
function viewMaker(session: Session, join: string): ViewMaker {
  const methods = session.flowClass.prototype as object
  const prototype = new Proxy(methods, {
    get(target, key, view) {
      if (key === inspect.custom) return inspectView
      if (typeof key === 'symbol') return Reflect.get(target, key, view) as unknown
      return InputView.read(view, key, () => Reflect.get(target, key, view) as unknown)
    },
    set(_, key) {
      throw flowError('INPUT_READ_ONLY', { step: join, name: String(key) })
    },
  })
  const Made = function () {} as unknown as new () => unknown
  // With a constructor of its own, for whoever wants to name the class: the codec, above all.
  Made.prototype = Object.create(prototype, { constructor: { value: session.flowClass } }) as object
  return (list, position) => Reflect.construct(InputView, [list, position], Made) as unknown
}

function inspectView(this: unknown): unknown {
  const place = InputView.place(this)
  return place === undefined ? '[input]' : place.list.describe(place.position)
}
