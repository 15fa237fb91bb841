import { flowError, type FlowctlError } from '@flowctl/core'

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
}

/** Whether an error says that there is no such file: also when a file stands where a folder of its path should be. */
export function isAbsent(error: unknown): boolean {
  const code = codeOf(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}

/** The table's error for what the operating system said about a file. */
export function storeError(error: unknown, action: 'read' | 'write', path: string): FlowctlError {
  const options = { cause: error }
  const problem = codeOf(error) ?? String(error)
  switch (codeOf(error)) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return flowError(
        action === 'read' ? 'DATASTORE_NOT_READABLE' : 'DATASTORE_NOT_WRITABLE',
        { path, problem },
        options,
      )
    case 'ENOSPC':
    case 'EDQUOT':
      return flowError('DATASTORE_FULL', { path, problem }, options)
    case 'ENOTDIR':
    case 'EEXIST':
      return flowError('DATASTORE_NOT_A_FOLDER', { path }, options)
    default:
      return flowError('DATASTORE_IO', { path, problem: error instanceof Error ? error.message : problem }, options)
  }
}
