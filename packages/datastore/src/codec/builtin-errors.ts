/** Properties of an error that are not enumerable and still part of it. */
export const ERROR_PROPERTIES = ['message', 'stack', 'cause', 'errors', 'name'] as const

const ERRORS: ReadonlyMap<object, string> = new Map(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError].map((type) => [
    type.prototype,
    type.name,
  ]),
)
const ERROR_PROTOTYPES: ReadonlyMap<string, object> = new Map([...ERRORS].map(([prototype, name]) => [name, prototype]))

/** The name of a built-in class of errors. */
export const builtinError = (prototype: object): string | undefined => ERRORS.get(prototype)
export const builtinErrorPrototype = (name: string): object | undefined => ERROR_PROTOTYPES.get(name)
