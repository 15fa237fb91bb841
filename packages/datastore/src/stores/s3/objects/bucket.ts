/** Where objects are. */
export interface Bucket {
  readonly bucket: string
  /** Before every key: empty, or ending in `/`. */
  readonly prefix: string
}

/** Names an object to the SDK. */
export function objectAt({ bucket, prefix }: Bucket, key: string): { Bucket: string; Key: string } {
  return { Bucket: bucket, Key: prefix + key }
}
