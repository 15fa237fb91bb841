import { entry } from './define/entry.ts'

/** `a, b, c and 4 more`, or the other text when there are none. */
function some(names: readonly string[], none: string, most = 8): string {
  if (names.length === 0) return none
  const more = names.length - most
  return more > 0 ? `${names.slice(0, most).join(', ')} and ${more} more` : names.join(', ')
}

const perhaps = (nearest: string | undefined): string => (nearest === undefined ? '' : `Did you mean ${nearest}? `)

/** What the client cannot find or open. */
export const clientErrors = {
  DATASTORE_NOT_FOUND: entry<{ searched: readonly string[] }>({
    exit: 2,
    when: 'no datastore was named and no folder from the current one upwards has a `.flowctl`',
    message: ({ searched }) => `There is no datastore here. Looked for a .flowctl folder in ${searched.join(', ')}.`,
    fix: () =>
      'Go to the project whose flows were run, or name its datastore: FLOWCTL_DATASTORE, --datastore, or configureClient({ datastore }).',
  }),
  PATHSPEC_INVALID: entry<{ given: string; level: string; expected: string }>({
    exit: 2,
    when: 'a pathspec has too few or too many parts for what it is to open, or an empty part',
    message: ({ given, level, expected }) =>
      `'${given}' is not the pathspec of ${level === 'artifact' ? 'an' : 'a'} ${level}: that is ${expected}.`,
    fix: ({ expected }) => `Write it as ${expected}, the parts joined by '/'.`,
  }),
  FLOW_UNKNOWN: entry<{ flow: string; datastore: string; known: readonly string[]; nearest?: string | undefined }>({
    exit: 2,
    when: 'a flow is opened that was never run in this datastore',
    message: ({ flow, datastore, known }) =>
      `There is no flow '${flow}' in ${datastore}. Flows that were run there: ${some(known, 'none')}.`,
    fix: ({ nearest }) => `${perhaps(nearest)}A flow is there from its first run on, under the name of its class.`,
  }),
  RUN_UNKNOWN: entry<{ flow: string; run: string; newest: readonly string[]; nearest?: string | undefined }>({
    exit: 2,
    when: 'a run is opened that does not exist',
    message: ({ flow, run, newest }) =>
      `Flow ${flow} has no run '${run}'. Its newest runs: ${some(newest, 'none', 5)}.`,
    fix: ({ flow, nearest }) =>
      `${perhaps(nearest)}'flowctl list runs ${flow}' names all of them; what is below a run is ${flow}/RUN/step/task.`,
  }),
  STEP_UNKNOWN: entry<{
    flow: string
    run: string
    step: string
    known: readonly string[]
    nearest?: string | undefined
  }>({
    exit: 2,
    when: 'a step is opened that the graph of the run does not have',
    message: ({ flow, run, step, known }) =>
      `Run ${flow}/${run} has no step '${step}'. Its steps: ${some(known, 'none', 20)}.`,
    fix: ({ nearest }) =>
      `${perhaps(nearest)}A run keeps the graph it was started with, whatever the flow's file says today.`,
  }),
  TASK_UNKNOWN: entry<{
    step: string
    task: string | undefined
    going: boolean
    shape: string
    known: readonly string[]
  }>({
    exit: 2,
    when: 'a task is opened that does not exist, or has no result yet',
    message: ({ step, task, going, known }) => {
      const what = task === undefined ? `${step} has no task` : `${step} has no task '${task}'`
      const first = known.length === 0 ? '' : ` The first ones: ${some(known, '', 5)}.`
      return `${what}${going ? ' that has ended yet' : ''}.${first}`
    },
    fix: ({ going, shape }) =>
      `${going ? 'The run is still going: a task can be read once it has ended. ' : ''}The id of a task of this step is ${shape}.`,
  }),
  ATTEMPT_UNKNOWN: entry<{ task: string; attempt: number; known: readonly number[] }>({
    exit: 2,
    when: 'an attempt of a task is asked for that did not happen',
    message: ({ task, attempt, known }) =>
      `${task} has no attempt ${attempt}. Its attempts: ${some(known.map(String), 'none has ended yet')}.`,
    fix: () => 'Attempts count from 0.',
  }),
  ARTIFACT_UNKNOWN: entry<{
    task: string
    name: string
    known: readonly string[]
    nearest?: string | undefined
    droppedBy?: string | undefined
  }>({
    exit: 2,
    when: 'an artifact is read that the task does not have',
    message: ({ task, name, known, droppedBy }) =>
      droppedBy === undefined
        ? `${task} has no artifact '${name}'. Its artifacts: ${some(known, 'none', 20)}.`
        : `${task} has no artifact '${name}': the join ${droppedBy} did not carry it down. Artifacts there: ${some(known, 'none', 20)}.`,
    fix: ({ nearest, droppedBy }) =>
      droppedBy === undefined
        ? `${perhaps(nearest)}An artifact is a field that the step, or one before it, assigned on 'this'.`
        : `Assign it in ${droppedBy}, or call this.mergeArtifacts(inputs) there; or read it from a task before the join.`,
  }),
  CODE_MISSING: entry<{ file: string; key: string; store: string }>({
    exit: 2,
    when: 'the code package of a run is read, and is gone',
    message: ({ file, key, store }) => `The code package of ${file} is not in ${store}: there is no ${key}.`,
    fix: () => 'Somebody removed it from the datastore; the records and artifacts of the run are readable without it.',
  }),
  NAMESPACE_MISMATCH: entry<{ pathspec: string; namespace: string; belongsTo: readonly string[] }>({
    exit: 2,
    when: 'a run of another namespace is opened',
    message: ({ pathspec, namespace, belongsTo }) =>
      `${pathspec} is not in the namespace '${namespace}', it is in ${some(
        belongsTo.map((tag) => `'${tag}'`),
        'none',
      )}.`,
    fix: ({ belongsTo }) =>
      `${belongsTo[0] === undefined ? 'See' : `Call setNamespace('${belongsTo[0]}') or set FLOWCTL_NAMESPACE to see it; see`} the runs of everybody with setNamespace(null), or FLOWCTL_NAMESPACE= (empty).`,
  }),
  TAG_INVALID: entry<{ tag: string; why: string }>({
    exit: 2,
    when: 'a tag is empty, is too long, or holds a line break or other control character',
    message: ({ tag, why }) => `'${tag.length > 60 ? `${tag.slice(0, 60)}...` : tag}' cannot be a tag: ${why}.`,
    fix: () => 'A tag is a text of 1 to 500 characters on one line.',
  }),
  TAG_LIMIT: entry<{ run: string; count: number; most: number }>({
    exit: 2,
    when: 'a run would have more than 50 tags of its user',
    message: ({ run, count, most }) => `${run} would have ${count} tags; ${most} are allowed.`,
    fix: () => 'Remove some first, or put what they say into an artifact.',
  }),
  TAG_IMMUTABLE: entry<{ run: string; tag: string; tags: readonly string[] }>({
    exit: 2,
    when: 'a system tag is to be removed',
    message: ({ run, tag, tags }) =>
      `'${tag}' is a system tag of ${run} and stays. Tags that can be removed: ${some(tags, 'none', 20)}.`,
    fix: () => 'System tags say how the run was made; change the tags that you gave it.',
  }),
} as const
