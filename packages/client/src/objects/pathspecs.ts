import { flowError, parsePathspec, pathspecLevel, type Pathspec, type PathspecLevel } from '@flowctl/core'

const EXPECTED: Readonly<Record<PathspecLevel, string>> = {
  flow: 'Flow',
  run: 'Flow/run',
  step: 'Flow/run/step',
  task: 'Flow/run/step/task',
  artifact: 'Flow/run/step/task/artifact',
}

interface Below {
  readonly flow: Pick<Required<Pathspec>, 'flow'>
  readonly run: Pick<Required<Pathspec>, 'flow' | 'run'>
  readonly step: Pick<Required<Pathspec>, 'flow' | 'run' | 'step'>
  readonly task: Pick<Required<Pathspec>, 'flow' | 'run' | 'step' | 'task'>
  readonly artifact: Required<Pathspec>
}

/** Whether a flow or a run can have this name at all; the store takes no other characters. */
export function canBeName(name: string): boolean {
  return /^[A-Za-z0-9_~-][A-Za-z0-9._~-]*$/.test(name)
}

/** Reads the pathspec of one kind of object; PATHSPEC_INVALID when it is something else. */
export function pathspecOf<L extends PathspecLevel>(text: string, level: L): Below[L] {
  const spec = parsePathspec(text)
  if (spec === undefined || pathspecLevel(spec) !== level) {
    throw flowError('PATHSPEC_INVALID', { given: text, level, expected: EXPECTED[level] })
  }
  return spec as Required<Pathspec>
}
