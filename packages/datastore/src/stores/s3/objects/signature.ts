/** Metadata of an object that tells which write it is from. */
const NONCE = 'flowctl-write'
/** Its header. */
export const WRITE_HEADER = `x-amz-meta-${NONCE}`

export function signature(nonce: string): Record<string, string> {
  return { [NONCE]: nonce }
}

export function signatureIn(metadata: Readonly<Record<string, string>> | undefined): string | undefined {
  return metadata?.[NONCE]
}
