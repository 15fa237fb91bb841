import { entry } from './define/entry.ts'

/** Configuring and running the services of shared compute. */
export const serviceErrors = {
  SETTING_INVALID: entry<{ source: string; given: string; expected: string }>({
    exit: 2,
    when: 'A setting of the services has a value that it cannot have.',
    message: (d) => `${d.source} is ${d.given}, but must be ${d.expected}.`,
    fix: (d) => `Correct ${d.source}, or leave it out.`,
  }),
  SETTING_UNKNOWN: entry<{ given: string; file: string; nearest: readonly string[]; known: readonly string[] }>({
    exit: 2,
    when: 'The configuration file has a setting that flowctl does not know.',
    message: (d) =>
      `${d.file} sets '${d.given}', which is no setting.${
        d.nearest.length === 0 ? '' : ` Did you mean ${d.nearest.join(' or ')}?`
      }`,
    fix: (d) => `The settings are ${d.known.join(', ')}.`,
  }),
  CONFIG_FILE_UNREADABLE: entry<{ file: string; reason: string }>({
    exit: 2,
    when: 'The configuration file is not there, or cannot be read.',
    message: (d) => `The configuration file ${d.file} cannot be read: ${d.reason}`,
    fix: () => 'Correct the file, or name another one in FLOWCTL_CONFIG.',
  }),
  REDIS_URL_MISSING: entry<{ command: string }>({
    exit: 2,
    when: 'A command needs the shared queue and is not told where it is.',
    message: (d) => `'${d.command}' needs Redis: FLOWCTL_REDIS_URL is not set, and no 'flowctl up' is running here.`,
    fix: () => "Set FLOWCTL_REDIS_URL, e.g. to redis://localhost:6379, or start 'flowctl up' in this folder.",
  }),
  DATASTORE_NOT_SHARED: entry<{ command: string; url: string }>({
    exit: 2,
    when: 'A command of shared compute is given a datastore in memory, which nobody else can read.',
    message: (d) => `'${d.command}' cannot use '${d.url}': the services and the tasks could not see what is in it.`,
    fix: () => 'Name a folder that all of them see, or s3://bucket/prefix.',
  }),
  DATASTORE_DIFFERS: entry<{ redis: string; given: string; expected: string }>({
    exit: 2,
    when: 'A command or a service is given another datastore than the services that share its Redis.',
    message: (d) =>
      `The services at ${d.redis} keep their runs in ${d.expected}, but the datastore here is ${d.given}.`,
    fix: (d) =>
      `Set FLOWCTL_DATASTORE to ${d.expected}. To give the services another datastore, stop all workers first.`,
  }),
  RUN_HAS_ENDED: entry<{ pathspec: string; status: string }>({
    exit: 2,
    when: 'A run that has ended is to be cancelled.',
    message: (d) => `${d.pathspec} has ended already: ${d.status}.`,
    fix: (d) => `'flowctl status ${d.pathspec}' says more.`,
  }),
  RUN_NOT_SHARED: entry<{ pathspec: string; what: string; pid: number }>({
    exit: 2,
    when: 'A command of shared compute is given a run that `flowctl run` runs by itself.',
    message: (d) => `${d.pathspec} cannot be ${d.what} from here: 'flowctl run' runs it by itself (process ${d.pid}).`,
    fix: () => "Press Ctrl-C where it runs to stop it; 'flowctl logs' without -f shows what its finished tasks wrote.",
  }),
  REDIS_SERVER_MISSING: entry<{ reason: string }>({
    exit: 2,
    when: '`up` is to start Redis and finds no redis-server.',
    message: (d) => `redis-server cannot be started: ${d.reason}`,
    fix: () =>
      'Install Redis 7 or newer (Debian and Ubuntu: apt-get install redis-server; macOS: brew install redis), or set FLOWCTL_REDIS_URL to one that runs.',
  }),
  UP_RUNNING_ALREADY: entry<{ folder: string; pid: number }>({
    exit: 2,
    when: '`up` is started where it is running already.',
    message: (d) => `'flowctl up' is running already for ${d.folder} (process ${d.pid}).`,
    fix: () => 'Use that one, or stop it first: Ctrl-C in its shell, or kill its process.',
  }),
  UP_PART_ENDED: entry<{ part: string; how: string }>({
    exit: 1,
    when: 'One of the processes that `up` started ended by itself.',
    message: (d) => `The ${d.part} ended by itself (${d.how}), so everything was stopped.`,
    fix: () => 'Look at its last lines above.',
  }),
  WORKER_CODE_MISSING: entry<{ flow: string; hash: string; datastore: string }>({
    exit: 1,
    when: 'A worker does not find the code package of a run.',
    message: (d) => `The code package ${d.hash.slice(0, 12)} of ${d.flow} is not in ${d.datastore}.`,
    fix: () => 'Give the worker the same datastore that runs are submitted to; it must reach it by the same address.',
  }),
  PORT_UNUSABLE: entry<{ host: string; port: number; reason: string }>({
    exit: 2,
    when: 'The port for health and metrics cannot be used.',
    message: (d) => `${d.host}:${d.port} cannot serve health and metrics: ${d.reason}`,
    fix: () => 'Give another --port; 0 takes a free one.',
  }),
} as const
