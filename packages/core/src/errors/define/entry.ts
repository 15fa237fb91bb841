/** What an error entry of the table is made of. `D` holds the facts that its texts name. */
export interface ErrorEntry<D> {
  /** How the command line ends when this error ends it: 1 the run failed, 2 wrong usage. */
  readonly exit: 1 | 2
  /** One line for the error reference: when this happens. */
  readonly when: string
  /** What was given and what is allowed. */
  readonly message: (details: D) => string
  /** What to do about it. */
  readonly fix: (details: D) => string
}

/** Keeps the type of an entry's details while the table is written as plain objects. */
export function entry<D>(value: ErrorEntry<D>): ErrorEntry<D> {
  return value
}
