/** What the supervisor of a server says when it is done starting. */
export type ServerState =
  | { readonly endpoint: string; readonly accessKeyId: string; readonly secretAccessKey: string }
  /** What a person has to install. */
  | { readonly missing: string }
  | { readonly failure: string }

export const READY_FILE = 'state.json'
/** The bucket that is made for the tests. */
export const BUCKET = 'tests'
