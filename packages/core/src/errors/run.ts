import { entry } from './define/entry.ts'

/** How tasks and runs fail. */
export const runErrors = {
  TASK_EXITED: entry<{ step: string; code: number }>({
    exit: 1,
    when: 'A step ended its process by itself, with process.exit or process.reallyExit.',
    message: (d) => `Step '${d.step}' ended its process: it called process.exit(${d.code}).`,
    fix: () => 'A step ends by returning or by throwing. Throw an error instead of calling process.exit.',
  }),
  TASK_DIED: entry<{ step: string; code: number | null }>({
    exit: 1,
    when: 'The process of a task ended without saying why.',
    message: (d) =>
      `The process of step '${d.step}' ended with exit code ${String(d.code)} while the step was running.`,
    fix: () => 'Look at the last lines of its log. Native code can end a process without an error.',
  }),
  TASK_KILLED: entry<{ step: string; signal: string }>({
    exit: 1,
    when: 'A signal killed the process of a task.',
    message: (d) => `The process of step '${d.step}' was killed by ${d.signal}.`,
    fix: (d) =>
      d.signal === 'SIGSEGV' || d.signal === 'SIGBUS' || d.signal === 'SIGILL' || d.signal === 'SIGABRT'
        ? 'This signal comes from native code that failed: look at the native packages the step uses.'
        : 'Somebody or something outside flowctl sent the signal. Resume the run when the cause is gone.',
  }),
  TASK_GARBLED: entry<{ step: string }>({
    exit: 1,
    when: 'Code of a step wrote to the pipe over which its process talks to flowctl.',
    message: (d) => `Step '${d.step}' wrote to file descriptor 3, which belongs to flowctl; its process was ended.`,
    fix: () => 'Write only to file descriptors that the step itself has opened, and close none of the others.',
  }),
  TASK_OUT_OF_MEMORY: entry<{ step: string; by: 'heap' | 'system' }>({
    exit: 1,
    when: 'A task used more memory than its JavaScript heap may hold, or than the machine has.',
    message: (d) =>
      d.by === 'heap'
        ? `Step '${d.step}' ran out of memory: the JavaScript heap of its process reached its limit.`
        : `Step '${d.step}' ran out of memory: the system killed its process (SIGKILL) because memory was short.`,
    fix: (d) =>
      d.by === 'heap'
        ? 'Hold less at a time, keep big data in typed arrays, or raise the limit: NODE_OPTIONS=--max-old-space-size=<MB>.'
        : 'Hold less at a time, run fewer tasks at a time (--max-workers), or use a machine with more memory.',
  }),
  TASK_TIMED_OUT: entry<{ step: string; seconds: number }>({
    exit: 1,
    when: 'A task ran longer than its @timeout allows.',
    message: (d) =>
      `Step '${d.step}' was still running after ${d.seconds} s, the limit of its @timeout; its process was killed.`,
    fix: () => 'Raise the limit of @timeout, or make the step faster or smaller.',
  }),
  TASK_WORKERS_LOST: entry<{ step: string; times: number }>({
    exit: 1,
    when: 'Every worker that ran a task was lost while it ran.',
    message: (d) => `Step '${d.step}' was given to ${d.times} workers, and each was lost before the step ended.`,
    fix: () => 'Look at what those machines ran out of: memory of the whole machine, most often. Then resume the run.',
  }),
  TASK_PROCESS_UNUSABLE: entry<{ reason: string }>({
    exit: 1,
    when: 'A task process could not be started, or did not load the code package.',
    message: (d) => `A task process could not be started: ${d.reason}`,
    fix: () => 'Check that the machine has memory and process slots left, then resume the run.',
  }),
  RUN_NOT_FOUND: entry<{ flow: string; run: string }>({
    exit: 2,
    when: 'The run to resume does not exist.',
    message: (d) => `There is no run ${d.run} of flow ${d.flow} in this datastore.`,
    fix: (d) => `List the runs with: flowctl list runs ${d.flow}`,
  }),
  RUN_NONE_TO_RESUME: entry<{ flow: string }>({
    exit: 2,
    when: 'resume was called for a flow without runs.',
    message: (d) => `Flow ${d.flow} has no run that could be resumed in this datastore.`,
    fix: () => 'Start one with: flowctl run FILE. If the run is in another datastore, name it with --datastore.',
  }),
  RUN_STILL_GOING: entry<{ flow: string; run: string; where: string }>({
    exit: 2,
    when: 'The run to resume is still running.',
    message: (d) => `Run ${d.flow}/${d.run} is still going, ${d.where}.`,
    fix: (d) =>
      d.where === 'on the queue'
        ? `Wait for its end, or end it with: flowctl cancel ${d.flow}/${d.run}. Or name another run with --origin-run-id.`
        : 'Wait for its end or interrupt it first; or name another run with --origin-run-id.',
  }),
  RESUME_NEW_PARAMETER: entry<{ flow: string; run: string; fields: readonly string[] }>({
    exit: 2,
    when: 'The flow has got parameters that the run to resume was not started with.',
    message: (d) =>
      `Run ${d.flow}/${d.run} has no value for ${d.fields.join(', ')}: a resumed run takes its parameters from its origin.`,
    fix: () => 'Start a new run, or make the new parameter a plain field until the run is done.',
  }),
  RESUME_UNKNOWN_STEP: entry<{ flow: string; step: string; steps: readonly string[] }>({
    exit: 2,
    when: 'resume was given a step that the flow does not have.',
    message: (d) => `Flow ${d.flow} has no step '${d.step}'. Its steps are: ${d.steps.join(', ')}.`,
    fix: () => 'Name one of these steps, or leave the step out to run only what failed or never ran.',
  }),
} as const
