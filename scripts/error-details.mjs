import { dirname, relative, sep } from 'node:path'
import ts from 'typescript'

/**
 * For every error of the table: the area it belongs to (its file or folder beside the table), and an example of the facts its texts name, made
 * from their types: `<given>` for a text called `given`, the first of several allowed values, lists of two.
 *
 * @param {string} table path of the module that exports `ERRORS`
 * @returns {Record<string, { area: string, example: unknown }>}
 */
export function exampleDetails(table) {
  const program = ts.createProgram([table], {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts'],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    allowImportingTsExtensions: true,
    noEmit: true,
  })
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(table)
  const exported = source && checker.getSymbolAtLocation(source)
  const errors = exported && checker.getExportsOfModule(exported).find(({ name }) => name === 'ERRORS')
  if (errors === undefined) throw new Error(`${table} exports no ERRORS`)
  return Object.fromEntries(
    checker
      .getTypeOfSymbol(errors)
      .getProperties()
      .map((entry) => {
        const message = checker.getTypeOfSymbol(entry).getProperty('message')
        const [signature] = message === undefined ? [] : checker.getTypeOfSymbol(message).getCallSignatures()
        const [details] = signature?.getParameters() ?? []
        const file = entry.declarations?.[0]?.getSourceFile().fileName ?? ''
        const example =
          details === undefined ? undefined : exampleOf(checker, checker.getTypeOfSymbol(details), 'value')
        return [entry.name, { area: areaOf(table, file), example }]
      }),
  )
}

/**
 * @param {string} table
 * @param {string} file
 */
function areaOf(table, file) {
  const [first = ''] = relative(dirname(table), file).split(sep)
  return first.replace(/\.ts$/, '')
}

/**
 * @param {ts.TypeChecker} checker
 * @param {ts.Type} type
 * @param {string} name
 * @returns {unknown}
 */
function exampleOf(checker, type, name) {
  if (type.flags & (ts.TypeFlags.Unknown | ts.TypeFlags.Any)) return `<${name}>`
  const defined = checker.getNonNullableType(type)
  if (defined.isUnion() && !(defined.flags & ts.TypeFlags.Boolean)) {
    const [first] = defined.types
    return first === undefined ? `<${name}>` : exampleOf(checker, first, name)
  }
  if (defined.isStringLiteral() || defined.isNumberLiteral()) return defined.value
  if (defined.flags & ts.TypeFlags.BooleanLike) return true
  if (defined.flags & ts.TypeFlags.NumberLike) return 3
  if (checker.isArrayType(defined)) {
    const [element] = checker.getTypeArguments(/** @type {ts.TypeReference} */ (defined))
    const singular = name.replace(/s$/, '')
    return element === undefined ? [] : [1, 2].map((n) => exampleOf(checker, element, `${singular} ${n}`))
  }
  if (defined.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) {
    const properties = checker.getPropertiesOfType(defined)
    return Object.fromEntries(
      properties.map((property) => [
        property.name,
        exampleOf(checker, checker.getTypeOfSymbol(property), property.name),
      ]),
    )
  }
  return `<${name}>`
}
