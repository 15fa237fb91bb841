import { fileStore, latestRunId, RunReader, RunStore } from '@flowctl/datastore'

/**
 * What the newest run of a flow has left. Throws when it has not ended.
 *
 * @param {string} datastore folder
 * @param {string} flow
 */
export async function newestRun(datastore, flow) {
  const objects = fileStore(datastore)
  const store = new RunStore(objects, flow, /** @type {string} */ (await latestRunId(objects, flow)))
  const [record, end] = [await store.read(), await store.readEnd()]
  if (record === undefined || end === undefined) throw new Error(`${flow}/${store.run} has not ended`)
  return { record, end, reader: new RunReader(store, record.graph) }
}
