import { hash } from 'node:crypto'
import { statSync } from 'node:fs'
import { joined, sizeOf } from '../../bytes/chunks.ts'

/** Objects up to this size have their content's hash as etag, so that two quick writes cannot look alike. */
const HASHED_ETAG = 1024 * 1024

/** Hardly anybody asks; to hash what was hashed for its name already would double the price of a blob. */
export function etagWhenAsked(chunks: readonly Uint8Array[], path: string): () => string {
  if (sizeOf(chunks) <= HASHED_ETAG) return () => etagOf(chunks, path)
  const etag = etagOf(chunks, path)
  return () => etag
}

/** Of an object with these bytes in the file at `path`. */
export function etagOf(chunks: readonly Uint8Array[], path: string): string {
  const size = sizeOf(chunks)
  if (size <= HASHED_ETAG)
    return hash('sha256', chunks.length === 1 ? (chunks[0] as Uint8Array) : joined(chunks), 'base64')
  const stats = statSync(path, { bigint: true })
  return `${stats.ino}-${stats.mtimeNs}-${stats.size}`
}
