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

/** Reads the pathspec of one kind of object; PATHSPEC_INVALID when it is something else. */
export function pathspecOf<L extends PathspecLevel>(text: string, level: L): Below[L] {
  const spec = parsePathspec(text)
  if (spec === undefined || pathspecLevel(spec) !== level) {
    throw flowError('PATHSPEC_INVALID', { given: text, level, expected: EXPECTED[level] })
  }
  return spec as Required<Pathspec>
}
