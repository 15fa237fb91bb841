/** `Flow/run/step/task/artifact`, each level optional from the right. */
export interface Pathspec {
  readonly flow: string
  readonly run?: string
  readonly step?: string
  readonly task?: string
  readonly artifact?: string
}

const LEVELS = ['flow', 'run', 'step', 'task', 'artifact'] as const
export type PathspecLevel = (typeof LEVELS)[number]

/** Reads a pathspec; `undefined` when a part is empty or there are too many. */
export function parsePathspec(text: string): Pathspec | undefined {
  const parts = text.split('/')
  if (parts.length > LEVELS.length || parts.some((part) => part === '')) return undefined
  return Object.fromEntries(parts.map((part, i) => [LEVELS[i], part])) as unknown as Pathspec
}

export function formatPathspec(spec: Pathspec): string {
  const parts: string[] = []
  for (const level of LEVELS) {
    const part = spec[level]
    if (part === undefined) break
    parts.push(part)
  }
  return parts.join('/')
}

export function pathspecLevel(spec: Pathspec): PathspecLevel {
  return LEVELS.findLast((level) => spec[level] !== undefined) ?? 'flow'
}
