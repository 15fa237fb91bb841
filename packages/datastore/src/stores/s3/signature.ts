/** Metadata of an object that tells which write it is from. */
const NONCE = 'flowctl-write'

export function signature(nonce: string): Record<string, string> {
  return { [NONCE]: nonce }
}

export function isSigned(metadata: Readonly<Record<string, string>>, nonce: string): boolean {
  return metadata[NONCE] === nonce
}
