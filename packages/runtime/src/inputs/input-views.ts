import { inspect } from 'node:util'
import { flowError, type ArtifactMap, type ArtifactRef } from '@flowctl/core'
import type { InputRecords } from './input-records.ts'
import { collectAfter } from '../artifacts/free-memory.ts'
import { Scan } from './scan.ts'
import type { RunSession } from '../session/run-session.ts'

/**
 * Inputs whose loaded values are kept, so that reading `inputs[0].model` twice gives the same object; fewer, but always the latest,
 * where they are larger than that many bytes together.
 */
const KEPT_INPUTS = 16
const KEPT_BYTES = 4 * 1024 * 1024
interface KeptValues {
  readonly position: number
  readonly values: Map<string, unknown>
  bytes: number
}

/** What is read ahead at a time: artifacts of so many inputs, together about so many bytes (or one, however large). */
const READ_AHEAD = 256
const READ_AHEAD_BYTES = 8 * 1024 * 1024
/** Of `for await`: two pieces are read while a third is handed out. */
const PIECE_BYTES = READ_AHEAD_BYTES / 2

/** Inputs up to, not including, `to`. */
interface Piece {
  readonly to: number
  readonly bytes: number
  readonly read: Promise<void>
}

/** What stands behind the `inputs` of one join. */
export class InputList {
  readonly records: InputRecords
  readonly #session: RunSession
  readonly #join: string
  /**
   * Oldest first. Not in a Map: the former tables of one that is filled and emptied all the time hold each other and what was in them,
   * so all of it would stay until V8 collects the old part of its heap.
   */
  readonly #values: KeptValues[] = []
  #keptBytes = 0
  /** By name that was read of any input. */
  readonly #scans = new Map<string, Scan>()
  readonly #outerIndex: number | undefined

  constructor(
    session: RunSession,
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
      const load = (): unknown => {
        if (ref.inline === undefined) this.#readAhead(position, name)
        return this.#session.loaded.load(ref)
      }
      return this.#kept(position, name, load, ref.size)
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

  #kept(position: number, name: string, load: () => unknown, bytes = 0): unknown {
    let kept = this.#values.findLast((one) => one.position === position)
    if (kept === undefined) this.#values.push((kept = { position, values: new Map(), bytes: 0 }))
    if (kept.values.has(name)) return kept.values.get(name)
    const value = load()
    kept.values.set(name, value)
    kept.bytes += bytes
    this.#keptBytes += bytes
    while (this.#values.length > 1 && (this.#values.length > KEPT_INPUTS || this.#keptBytes > KEPT_BYTES)) {
      const [oldest] = this.#values.splice(this.#values[0] === kept ? 1 : 0, 1)
      this.#keptBytes -= oldest?.bytes ?? 0
    }
    return value
  }

  /** A scan over the inputs is not as many round trips as there are inputs. */
  #readAhead(position: number, name: string): void {
    const { artifacts } = this.#session
    let scan = this.#scans.get(name)
    if (scan === undefined) this.#scans.set(name, (scan = new Scan(READ_AHEAD)))
    const width = scan.widthAt(position)
    if (width === 0) return
    const { refs, to } = width === 1 ? { refs: [], to: position + 1 } : this.#refsFrom(position, width, [name])
    if (refs.length > 1) artifacts.readAheadSync(refs)
    scan.covered(to)
  }

  /** Reads the next two pieces while one is handed out: of what was read of earlier inputs. */
  async *#streamed(views: readonly unknown[]): AsyncGenerator<unknown, void, undefined> {
    const ahead = [this.#piece(0)]
    for (let position = 0; position < views.length;) {
      const { to, bytes, read } = ahead.shift() as Piece
      await read
      while (ahead.length < 2) ahead.push(this.#piece(ahead.at(-1)?.to ?? to))
      for (; position < to; position += 1) yield views[position]
      collectAfter(bytes)
    }
    await Promise.all(ahead.map(({ read }) => read))
  }

  #piece(from: number): Piece {
    const names = [...this.#scans.keys()]
    if (names.length === 0) return { to: from + 1, bytes: 0, read: Promise.resolve() }
    const { refs, to, bytes } = this.#refsFrom(from, READ_AHEAD, names, PIECE_BYTES)
    for (const name of names) this.#scans.get(name)?.covered(to)
    return { to, bytes, read: this.#session.artifacts.readAhead(refs) }
  }

  /** Up to `width` inputs. Always gets on by one at least. */
  #refsFrom(
    from: number,
    width: number,
    names: readonly string[],
    most = READ_AHEAD_BYTES,
  ): { refs: ArtifactRef[]; to: number; bytes: number } {
    const refs: ArtifactRef[] = []
    const end = Math.min(from + width, this.records.count)
    let bytes = 0
    let to = from
    while (to < end && (to === from || bytes < most)) {
      const artifacts = this.#artifactsOf(to)
      if (artifacts === undefined) break
      for (const name of names) {
        const ref = Object.hasOwn(artifacts, name) ? artifacts[name] : undefined
        if (ref === undefined || ref.inline !== undefined) continue
        bytes += ref.size
        if (bytes <= most) refs.push(ref)
      }
      to += 1
    }
    return { refs, to: Math.max(to, from + 1), bytes }
  }

  /** What is wrong with an input is said when its turn comes. */
  #artifactsOf(position: number): ArtifactMap | undefined {
    try {
      return this.records.record(position).artifacts
    } catch {
      return undefined
    }
  }
}

/** A constructor that gives back what it is given. */
class ReturnedObject {
  constructor(object: object) {
    return object
  }
}

/**
 * What a view is of. Private fields, so that nothing the user does shows or loses them. They are put on an object that is there
 * already: made with `Reflect.construct` and another prototype it would take six times the memory, and twenty times the time.
 */
class InputView extends ReturnedObject {
  readonly #list: InputList
  readonly #position: number

  constructor(object: object, list: InputList, position: number) {
    super(object)
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
function viewMaker(session: RunSession, join: string): ViewMaker {
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
  // With a constructor of its own, for whoever wants to name the class: the codec, above all.
  const made = Object.create(prototype, { constructor: { value: session.flowClass } }) as object
  return (list, position) => new InputView(Object.create(made) as object, list, position)
}

function inspectView(this: unknown): unknown {
  const place = InputView.place(this)
  return place === undefined ? '[input]' : place.list.describe(place.position)
}
