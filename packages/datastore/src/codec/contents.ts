import { SHELL, setOwn, type Shell } from './shells.ts'

/** What is filled into a shell. Written as an array: `[properties]`, `[properties, items]` or `[properties, hidden]`. */
export type Contents = readonly [properties: object, more?: readonly unknown[] | object]

/** Properties of an error that are not enumerable and still part of it. */
export const ERROR_PROPERTIES = ['message', 'stack', 'cause', 'errors', 'name'] as const

export function fill(shell: Shell, target: object, contents: Contents): void {
  const [properties, more] = contents
  if (shell === SHELL.map) {
    const items = more as readonly unknown[]
    for (let i = 0; i < items.length; i += 2) Map.prototype.set.call(target, items[i], items[i + 1])
  } else if (shell === SHELL.set) {
    for (const item of more as readonly unknown[]) Set.prototype.add.call(target, item)
  } else if (shell === SHELL.array) {
    const items = more as readonly unknown[]
    ;(target as unknown[]).length = items.length
    for (const key of Object.keys(items)) setOwn(target, key, (items as unknown as Record<string, unknown>)[key])
  } else if (shell === SHELL.error) {
    for (const [key, value] of Object.entries(more as object)) setOwn(target, key, value, false)
  }
  for (const key of Object.keys(properties)) setOwn(target, key, (properties as Record<string, unknown>)[key])
}
