/** What a commit says of one stored value. */
export interface ArtifactRef {
  /** SHA-256 (hex) of the encoded value, header included; the name of its blob under `data/`. Equal values may differ in it. */
  readonly hash: string
  /** Bytes of the encoded value. */
  readonly size: number
  /** For people: `number`, `string`, `Array(3)`, `Float64Array(100)`, `Model`. */
  readonly type: string
  /** For people: one line of at most 100 characters. */
  readonly preview: string
  /** The encoded value in base64, for values up to `INLINE_LIMIT`; such a value has no blob. */
  readonly inline?: string
}

/** Encoded values up to this many bytes live in the commit itself. */
export const INLINE_LIMIT = 2048

export type ArtifactMap = Readonly<Record<string, ArtifactRef>>
