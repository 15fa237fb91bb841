import { entry } from './entry.ts'

/** A datastore that cannot be used. */
export const datastoreErrors = {
  DATASTORE_URL_UNKNOWN: entry<{ url: string }>({
    exit: 2,
    when: 'The address of a datastore is of a kind that flowctl does not know.',
    message: (d) => `'${d.url}' is not a datastore that flowctl can open: give a folder, file://... or memory:`,
    fix: () => 'Give the path of a folder; it is made when the first run writes to it.',
  }),
  DATASTORE_S3_LATER: entry<{ url: string }>({
    exit: 2,
    when: 'The address of a datastore starts with s3://.',
    message: (d) => `'${d.url}': this version of flowctl keeps its data in a folder; S3 comes in a later version`,
    fix: () => 'Give the path of a folder as the datastore for now.',
  }),
  DATASTORE_KEY_INVALID: entry<{ key: string; problem: string }>({
    exit: 2,
    when: 'A name cannot be part of the key of an object.',
    message: (d) =>
      `'${d.key}' cannot be a key in the datastore: ${d.problem}. Keys are made of A-Z a-z 0-9 . _ ~ - and /`,
    fix: () => 'Use only these characters in the names of flows, steps and runs.',
  }),
  DATASTORE_NOT_A_FOLDER: entry<{ path: string }>({
    exit: 2,
    when: 'A file stands where the datastore needs a folder.',
    message: (d) => `The datastore needs a folder at ${d.path}, but a file is there`,
    fix: () => 'Move that file away, or choose another folder as the datastore.',
  }),
  DATASTORE_NOT_WRITABLE: entry<{ path: string; problem: string }>({
    exit: 2,
    when: 'The folder of the datastore cannot be written to.',
    message: (d) => `The datastore cannot write ${d.path} (${d.problem})`,
    fix: () => 'Give your user the right to write there, or choose another folder as the datastore.',
  }),
  DATASTORE_NOT_READABLE: entry<{ path: string; problem: string }>({
    exit: 2,
    when: 'The folder of the datastore cannot be read.',
    message: (d) => `The datastore cannot read ${d.path} (${d.problem})`,
    fix: () => 'Give your user the right to read there, or choose another folder as the datastore.',
  }),
  DATASTORE_FULL: entry<{ path: string; problem: string }>({
    exit: 1,
    when: 'The disk of the datastore is full.',
    message: (d) => `There is no space left to write ${d.path} (${d.problem})`,
    fix: () =>
      'Free some space, or use a datastore on another disk; then `flowctl resume` goes on from what is stored.',
  }),
  DATASTORE_IO: entry<{ path: string; problem: string }>({
    exit: 1,
    when: 'The operating system failed to read or write a file of the datastore.',
    message: (d) => `The datastore could not use ${d.path}: ${d.problem}`,
    fix: () => 'Look at the disk and its mount; then `flowctl resume` goes on from what is stored.',
  }),
  DATASTORE_BUSY: entry<{ key: string; seconds: number }>({
    exit: 1,
    when: 'Other processes kept changing the same object for too long.',
    message: (d) => `'${d.key}' could not be changed within ${d.seconds} s: other processes keep changing it`,
    fix: () => 'Try again; if it stays so, look for a process that changes the same run all the time.',
  }),
  DATASTORE_NO_SYNC_READS: entry<{ url: string }>({
    exit: 1,
    when: 'An artifact is read in a step from a datastore that cannot be read without waiting.',
    message: (d) => `Artifacts in ${d.url} cannot be read without waiting`,
    fix: () => 'Load the artifact with `await`, or use a datastore in a folder.',
  }),
  RECORD_NEWER: entry<{ what: string; format: unknown; newest: number }>({
    exit: 2,
    when: 'A record was written by a newer flowctl.',
    message: (d) =>
      `${d.what} has format ${String(d.format)}, and this flowctl reads up to format ${d.newest}: a newer flowctl wrote it`,
    fix: () => 'Update flowctl to at least the version that made the run.',
  }),
  RECORD_CORRUPT: entry<{ what: string; problem: string }>({
    exit: 1,
    when: 'A record in the datastore cannot be read.',
    message: (d) => `${d.what} cannot be read: ${d.problem}`,
    fix: () => 'Something other than flowctl changed it. Restore it from a copy, or run the flow again.',
  }),
  RUN_ID_TAKEN: entry<{ flow: string; run: string }>({
    exit: 1,
    when: 'A new run got the id of a run that exists.',
    message: (d) => `There already is a run ${d.flow}/${d.run}`,
    fix: () => 'Start the run again: it gets another id.',
  }),
} as const
