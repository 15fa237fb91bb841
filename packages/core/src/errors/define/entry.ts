import type { ErrorEntry } from '../flowctl-error.ts'

/** Keeps the type of an entry's details while the table is written as plain objects. */
export function entry<D>(value: ErrorEntry<D>): ErrorEntry<D> {
  return value
}
