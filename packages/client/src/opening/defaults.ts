import { hostname, userInfo } from 'node:os'
import { dirname, resolve } from 'node:path'
import { flowError, type ObjectStore } from '@flowctl/core'
import { findDatastore, openStore, processIsAlive, type Observer } from '@flowctl/datastore'

/*
 * What a client does without being told. A plain script has no main file that reads the environment for it, so this file
 * does, when a client first needs it and was given nothing else; no other file of this package reads it.
 */

/** FLOWCTL_DATASTORE, else the nearest `.flowctl` from the current folder upwards; DATASTORE_NOT_FOUND when there is none. */
export function defaultDatastore(environment = process.env, cwd = process.cwd()): string {
  const named = environment['FLOWCTL_DATASTORE']
  if (named !== undefined && named !== '') return named
  const found = findDatastore(cwd)
  if (found !== undefined) return found
  const searched: string[] = []
  for (let folder = resolve(cwd); searched.at(-1) !== folder; folder = dirname(folder)) searched.push(folder)
  throw flowError('DATASTORE_NOT_FOUND', { searched })
}

/** A store on S3 is reached as the environment says. */
export function openDatastore(url: string, environment = process.env): Promise<ObjectStore> {
  return openStore(url, { env: environment })
}

/** FLOWCTL_NAMESPACE, empty for all runs; else `user:NAME`. */
export function defaultNamespace(user?: string, environment = process.env): string | null {
  const named = environment['FLOWCTL_NAMESPACE']
  if (named !== undefined) return named === '' ? null : named
  return `user:${user ?? defaultUser(environment)}`
}

/** FLOWCTL_USER, else the operating system's name of the user. */
export function defaultUser(environment = process.env): string {
  return environment['FLOWCTL_USER'] || systemUser()
}

/** A container may run under a number that has no name. */
function systemUser(): string {
  try {
    return userInfo().username
  } catch {
    return 'unknown'
  }
}

export function defaultObserver(): Observer {
  return { now: Date.now, host: hostname(), isAlive: processIsAlive }
}
