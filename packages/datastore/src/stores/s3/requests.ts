import type { Connection } from './connection.ts'
import { retrying } from './retrying.ts'
import { isWorthAnotherTry, toStoreError } from './s3-errors.ts'

/** Tries again what may succeed then. Throws what the SDK throws. */
export function persist<T>({ limits, random }: Connection, work: () => Promise<T>): Promise<T> {
  return retrying(limits, random, isWorthAnotherTry, work)
}

/** Turns what failed for good into an error of the table. */
export async function explained<T>(connection: Connection, key: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw toStoreError(error, connection, key)
  }
}
