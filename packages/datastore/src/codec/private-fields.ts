/**
 * The name of a #private field that the source of a class or of one it extends declares; `undefined` when there is none.
 * Compilers turn such fields into WeakMaps and helper calls, so these are looked for too.
 */
export function privateFieldOf(constructor: Function): string | undefined {
  for (let current: unknown = constructor; typeof current === 'function'; current = Object.getPrototypeOf(current)) {
    const source = Function.prototype.toString.call(current)
    for (const pattern of PATTERNS) {
      const match = pattern.exec(source)
      if (match?.[1] !== undefined) return `#${match[1].replace(/^_+/, '')}`
    }
  }
  return undefined
}

const PATTERNS = [
  // class A { #x = 1; #y }
  /[{};\n]\s*#([\w$]+)\s*[=;}\n]/,
  // esbuild: __privateAdd(this, _x, 1), but not the mark for private methods
  /__privateAdd\d*\(this, (?!\w*_instances\b)([\w$]+)/,
  // tsc: _A_x.set(this, 1)
  /\b_\w*?_(\w+)\.set\(this,/,
] as const
