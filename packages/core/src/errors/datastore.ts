import { entry } from './define/entry.ts'

/** A datastore that cannot be used. */
export const datastoreErrors = {
  DATASTORE_URL_UNKNOWN: entry<{ url: string }>({
    exit: 2,
    when: 'The address of a datastore is of a kind that flowctl does not know.',
    message: (d) =>
      `'${d.url}' is not a datastore that flowctl can open: give a folder, file://..., s3://bucket/prefix or memory:`,
    fix: () => 'Give the path of a folder, which is made when the first run writes to it, or a bucket on S3.',
  }),
  DATASTORE_S3_URL_INVALID: entry<{ url: string; problem: string }>({
    exit: 2,
    when: 'The address of a datastore on S3 cannot be understood.',
    message: (d) => `'${d.url}' is not a place on S3: ${d.problem}`,
    fix: () => 'Write s3://bucket or s3://bucket/prefix.',
  }),
  DATASTORE_S3_SETTING_INVALID: entry<{ name: string; value: string; allowed: string }>({
    exit: 2,
    when: 'An environment variable for S3 has a value that it cannot have.',
    message: (d) => `${d.name} is '${d.value}', but must be ${d.allowed}`,
    fix: (d) => `Correct or unset ${d.name}.`,
  }),
  DATASTORE_S3_CREDENTIALS: entry<{ bucket: string; place: string; problem: string }>({
    exit: 2,
    when: 'There are no credentials for S3, or it does not take them.',
    message: (d) => `${d.place} was not given credentials that it takes for the bucket '${d.bucket}' (${d.problem})`,
    fix: () => 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, to credentials of that service.',
  }),
  DATASTORE_S3_DENIED: entry<{ bucket: string; place: string; problem: string }>({
    exit: 2,
    when: 'The credentials do not give the right to use the bucket.',
    message: (d) =>
      `${d.place} knows your credentials but does not let them use the bucket '${d.bucket}' (${d.problem})`,
    fix: () => 'Ask for the rights to list the bucket and to get, put and delete its objects, or use another bucket.',
  }),
  DATASTORE_S3_NO_BUCKET: entry<{ bucket: string; place: string }>({
    exit: 2,
    when: 'The bucket does not exist.',
    message: (d) => `There is no bucket '${d.bucket}' at ${d.place}`,
    fix: () =>
      'Make the bucket first, or correct its name in s3://bucket/prefix or the address in FLOWCTL_S3_ENDPOINT.',
  }),
  DATASTORE_S3_REGION: entry<{ bucket: string; region: string; problem: string }>({
    exit: 2,
    when: 'No region is known to ask for the bucket, or it is in another one.',
    message: (d) => `The bucket '${d.bucket}' cannot be reached in the region '${d.region}' (${d.problem})`,
    fix: () => 'Set AWS_REGION to the region of the bucket; for a server that is not Amazon, set FLOWCTL_S3_ENDPOINT.',
  }),
  DATASTORE_S3_UNREACHABLE: entry<{ place: string; problem: string }>({
    exit: 1,
    when: 'The S3 server does not answer.',
    message: (d) => `${d.place} does not answer (${d.problem})`,
    fix: () => 'Look at FLOWCTL_S3_ENDPOINT (without it Amazon is asked), at the network, and whether the server runs.',
  }),
  DATASTORE_S3_NOT_S3: entry<{ place: string }>({
    exit: 2,
    when: 'What answers at the endpoint is not an S3 server.',
    message: (d) => `Something answers at ${d.place}, but not as an S3 server does`,
    fix: () =>
      'Set FLOWCTL_S3_ENDPOINT to the address of the S3 API: consoles and other services often have one of their own.',
  }),
  DATASTORE_S3_NO_CONDITIONS: entry<{ bucket: string; place: string }>({
    exit: 2,
    when: 'The S3 server ignores the conditions of writes (If-None-Match, If-Match).',
    message: (d) =>
      `${d.place} ignores the conditions of writes to '${d.bucket}': two workers could both decide the same task there`,
    fix: () => 'Use a service with conditional writes: Amazon S3, or a recent MinIO, Ceph or Cloudflare R2.',
  }),
  DATASTORE_S3_OBJECT_TOO_LARGE: entry<{ key: string; size: number; most: number }>({
    exit: 1,
    when: 'An object is larger than S3 takes in one conditional write.',
    message: (d) => `'${d.key}' has ${d.size} bytes; S3 takes at most ${d.most} in one conditional write`,
    fix: () => 'Store the value in several smaller artifacts.',
  }),
  DATASTORE_S3_FAILED: entry<{ object: string; place: string; problem: string }>({
    exit: 1,
    when: 'The S3 server failed to do what it was asked, and went on failing.',
    message: (d) => `${d.place} failed at ${d.object}: ${d.problem}`,
    fix: () => 'Look at the server; then `flowctl resume` goes on from what is stored.',
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
