/** How long the S3 store waits, and how often it tries again. */
export interface S3Limits {
  /** To connect, in milliseconds. @default 5000 */
  readonly connectMs: number
  /** Without a byte on a connection, in milliseconds. @default 15000 */
  readonly idleMs: number
  /** Tries of one request. @default 8 */
  readonly tries: number
  /** Pause before the second try, in milliseconds; doubles with every try. A random half of each pause is left out. @default 200 */
  readonly firstPauseMs: number
  /** @default 5000 */
  readonly longestPauseMs: number
  /** From then on, in milliseconds, no new try is made. @default 60000 */
  readonly giveUpMs: number
}

export const DEFAULT_LIMITS: S3Limits = {
  connectMs: 5000,
  idleMs: 15_000,
  tries: 8,
  firstPauseMs: 200,
  longestPauseMs: 5000,
  giveUpMs: 60_000,
}

const MIB = 2 ** 20

/** Bodies up to this size are written with one request; larger ones in parts of this size, which are also how they are read. */
export const PART = 8 * MIB
/** S3 takes at most so many parts of an object. */
export const MOST_PARTS = 10_000
/** Parts of one object that are under way at a time: with PART, the memory that one write takes beside its body. */
export const PARALLEL_PARTS = 8
/** The most S3 takes in one request. */
export const MOST_IN_ONE_PUT = 5 * 1024 * MIB
/** Connections of one store. */
export const MOST_SOCKETS = 128
