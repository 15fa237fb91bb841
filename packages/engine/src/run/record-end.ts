import type { EndRecord, RunRecord } from '@flowctl/core'
import type { RunStore } from '@flowctl/datastore'

/** Writes how a run ended, unless somebody has; gives what stands. */
export async function recordEnd(
  { store, record }: { readonly store: RunStore; readonly record: RunRecord },
  end: EndRecord,
): Promise<EndRecord> {
  if ((await store.putEnd(end, record.createdAt)) === 'written') return end
  return (await store.readEnd()) as EndRecord
}
