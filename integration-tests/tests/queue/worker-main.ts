import { join } from 'node:path'
import { materialise } from '@flowctl/compiler'
import { dirname } from 'node:path'
import { layout } from '@flowctl/core'
import { fileStore } from '@flowctl/datastore'
import { connect, startCoordinator, startWorker } from '@flowctl/queue'

/** A worker or a coordinator in a process of its own, so that a test can kill it. */
const { role, url, namespace, folder, slots, api, taskProcess } = JSON.parse(process.argv[2] ?? '{}') as Record<
  string,
  string
>
const objects = fileStore(join(folder as string, 'datastore'))
const onError = (error: Error): void => console.error(error.message)
const connection = await connect({ url: url as string, namespace: namespace as string, onError })
if (role === 'coordinator') {
  await startCoordinator({ connection, objects, onError })
} else {
  const worker = await startWorker({
    connection,
    objects,
    slots: Number(slots),
    api: api as string,
    env: process.env,
    taskProcess: new URL(taskProcess as string),
    onError,
    loadCode: async ({ flow, hash, file }) => {
      const code = await objects.get(layout.codeKey(flow, hash))
      if (code === undefined) throw new Error(`no code package ${hash}`)
      return materialise(code.bytes, { cacheDir: join(folder as string, 'worker-cache'), project: dirname(file) })
    },
  })
  process.once('SIGTERM', () => {
    void worker.drain(5000).then(async () => {
      await connection.close()
      process.exit(0)
    })
  })
}
console.log('ready')
