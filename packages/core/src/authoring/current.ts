import { flowError } from '../errors/table.ts'
import type { CurrentInfo } from './current-info.ts'
import { authoringState } from './shared-state.ts'

class Current implements CurrentInfo {
  /** Whether a step is running. Everything else throws CURRENT_OUTSIDE_RUN while it is `false`. */
  get isRunning(): boolean {
    return running() !== undefined
  }
  get flowName(): string {
    return read('flowName')
  }
  get runId(): string {
    return read('runId')
  }
  get stepName(): string {
    return read('stepName')
  }
  get taskId(): string {
    return read('taskId')
  }
  get attempt(): number {
    return read('attempt')
  }
  get pathspec(): string {
    return read('pathspec')
  }
  get originRunId(): string | undefined {
    return read('originRunId')
  }
  get tags(): readonly string[] {
    return read('tags')
  }
  get user(): string {
    return read('user')
  }
  get tempDir(): string {
    return read('tempDir')
  }
  get parameters(): Readonly<Record<string, unknown>> {
    return read('parameters')
  }
}

function running(): CurrentInfo | undefined {
  return authoringState.currentHere?.() ?? authoringState.current
}

function read<K extends keyof CurrentInfo>(property: K): CurrentInfo[K] {
  const info = running()
  if (info === undefined) throw flowError('CURRENT_OUTSIDE_RUN', { property })
  return info[property]
}

export type { Current }

/** What is running right now. Also helpers in other files may read it, as long as a step calls them. */
export const current: Current = Object.freeze(new Current())

/** For whoever runs steps: says what is running; `undefined` once nothing is. */
export function setCurrent(info: CurrentInfo | undefined): void {
  authoringState.current = info
}

/** For whoever runs several steps at once: `find` tells of the one whose code is asking, and goes before what `setCurrent` says. */
export function findCurrentBy(find: () => CurrentInfo | undefined): void {
  authoringState.currentHere = find
}
