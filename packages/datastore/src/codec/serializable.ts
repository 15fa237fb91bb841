import { flowError } from '@flowctl/core'
import { privateFieldOf } from './private-fields.ts'
import { register, type RegisteredClass } from './registry.ts'

/** Any class, an abstract one or one with a private constructor included. */
export interface ClassOf<T extends object> {
  readonly prototype: T
  readonly name: string
}

export interface Serializer<T extends object, D> {
  /**
   * What the class is called in stored values, in all versions of the code; unique among registered classes.
   * @default the name of the class
   */
  readonly name?: string
  /** Turns an instance into data that can be stored: plain values, or instances of other registered classes. */
  readonly write: (instance: T) => D
  /** Makes an instance of what `write` gave. */
  readonly read: (data: D) => T
}

export interface SerializableOptions<T extends object, D> extends Partial<Serializer<T, D>> {}

/**
 * Registers a class of somebody else, whose instances are then stored in artifacts and come back as instances. Subclasses
 * are registered on their own. Registering a name again replaces the class. Throws ARTIFACT_CLASS_NAMELESS.
 */
export function registerSerializer<T extends object, D>(type: ClassOf<T>, serializer: Serializer<T, D>): void {
  registerClass(type, serializer, type.name)
}

type ClassDecorator = <C extends ClassOf<object>>(type: C, context?: ClassDecoratorContext) => void

/**
 * Class decorator (standard or legacy) that lets instances be stored in artifacts. They come back as instances with the own
 * enumerable properties that they had; the constructor does not run. Extends to Array, Map, Set and Error subclasses. With
 * `write` and `read` these say what is stored.
 * Throws ARTIFACT_CLASS_PRIVATE for a class with #private fields unless it has `write` and `read`.
 */
export function serializable<C extends ClassOf<object>>(type: C, context?: ClassDecoratorContext): void
export function serializable<T extends object, D>(options: SerializableOptions<T, D>): ClassDecorator
export function serializable(
  first: ClassOf<object> | SerializableOptions<object, unknown>,
  context?: ClassDecoratorContext,
) {
  if (isClass(first)) {
    registerClass(first, {}, context?.name ?? first.name)
    return undefined
  }
  return (type: ClassOf<object>, inner?: ClassDecoratorContext): void => {
    registerClass(type, first, inner?.name ?? type.name)
  }
}

const isClass = (value: object): value is ClassOf<object> => typeof value === 'function'

function registerClass<T extends object, D>(
  type: ClassOf<T>,
  options: Partial<Serializer<T, D>>,
  className: string,
): void {
  const name = options.name ?? className
  if (name === '') throw flowError('ARTIFACT_CLASS_NAMELESS', {})
  const { write, read } = options
  if (write === undefined || read === undefined) {
    if (write !== read) throw flowError('ARTIFACT_CLASS_HALF', { className })
    const field = privateFieldOf(type as unknown as Function)
    if (field !== undefined) throw flowError('ARTIFACT_CLASS_PRIVATE', { className, field })
    register({ name, prototype: type.prototype })
    return
  }
  register({ name, prototype: type.prototype, write, read } as RegisteredClass)
}

registerClass(URL, { name: 'URL', write: (url) => url.href, read: (href) => new URL(href) }, 'URL')
registerClass(
  URLSearchParams,
  { name: 'URLSearchParams', write: (query) => String(query), read: (query) => new URLSearchParams(query) },
  'URLSearchParams',
)
