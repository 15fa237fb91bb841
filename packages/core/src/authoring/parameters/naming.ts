/** Options of `flowctl run` and `resume`, and words the command line keeps for itself; no parameter may be named so. */
export const RESERVED_OPTIONS: readonly string[] = [
  'tag',
  'max-workers',
  'max-num-splits',
  'max-log-size',
  'with',
  'isolate',
  'run-id-file',
  'origin-run-id',
  'run-id',
  'datastore',
  'namespace',
  'user',
  'quiet',
  'verbose',
  'json',
  'color',
  'no-color',
  'help',
  'version',
]

/** `maxDepth` -> `max-depth`, `numCPU` -> `num-cpu`, `max_depth` -> `max-depth`. */
export function optionName(field: string): string {
  return field
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1-$2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1-$2')
    .replace(/[_$]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .toLowerCase()
}

/** `max-depth` -> `FLOWCTL_RUN_MAX_DEPTH`. */
export function variableName(option: string): string {
  return `FLOWCTL_RUN_${option.replaceAll('-', '_').toUpperCase()}`
}

/** What a command line can take as an option: letters, digits and dashes inside. */
export function isOptionName(name: string): boolean {
  return /^[A-Za-z][A-Za-z0-9]*(?:[-_][A-Za-z0-9]+)*$/.test(name)
}
