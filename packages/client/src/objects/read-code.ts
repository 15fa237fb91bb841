import { flowError, layout, type CodeRef, type ObjectStore } from '@flowctl/core'

export async function readCode(store: ObjectStore, flow: string, code: CodeRef): Promise<Uint8Array> {
  const key = layout.codeKey(flow, code.hash)
  const stored = await store.get(key)
  if (stored === undefined) throw flowError('CODE_MISSING', { file: code.file, key, store: store.url })
  return stored.bytes
}
