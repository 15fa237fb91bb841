/** Follows the help of `flowctl`. */
export const EXIT_CODES = `
A flow's life:
  flowctl init my-flows          a small project to start from
  flowctl run FILE               run it; 'flowctl run FILE --help' explains its parameters
  flowctl list runs FLOW         what was run
  flowctl logs RUN               what it wrote
  flowctl dump RUN               what it stored
  flowctl resume FILE            after a failure: run what is left

On shared compute:
  flowctl up                     Redis, a coordinator and a worker on this machine
  flowctl submit FILE --follow   run a flow there, from another shell

RUN is Flow/run, or Flow for the flow's latest run.

Exit codes: 0 done, 1 the run failed, 2 wrong usage, 130 interrupted.

Environment: FLOWCTL_DATASTORE, FLOWCTL_REDIS_URL, FLOWCTL_USER, FLOWCTL_NAMESPACE, FLOWCTL_CACHE, FLOWCTL_CONFIG; NO_COLOR turns
colours off.`

/** Follows the help of `run`, `resume` and `submit`. */
export const RUN_AFTER = `
Every option can be given as an environment variable too: FLOWCTL_RUN_MAX_WORKERS for --max-workers, and
FLOWCTL_RUN_NUM_TREES for a parameter --num-trees. The command line wins.

Ctrl-C stops the run and keeps what is done, a second Ctrl-C leaves at once. A submitted run goes on.

Exit codes: 0 done, 1 the run failed, 2 wrong usage, 130 interrupted.`
