const WRAPPED = /^var (require_[\w$]+) = __commonJS\(\{\n\s*"([^"]*)"/gm

/**
 * Makes the default import of a CommonJS package its `module.exports`, as it is when Node loads the package. esbuild does so
 * only for importers in projects of `"type": "module"`; for others a package's `exports.default` would be taken, and
 * a flow would behave differently in a bundle. The user's own CommonJS files are left as they are.
 */
export function nodeInterop(bundle: string): string {
  const wrapped = new Set<string>()
  for (const [, name = '', path = ''] of bundle.matchAll(WRAPPED)) if (path.includes('node_modules/')) wrapped.add(name)
  return bundle.replace(/__toESM\((require_[\w$]+)\(\)\)/g, (call, name: string) =>
    wrapped.has(name) ? `__toESM(${name}(), 1)` : call,
  )
}
