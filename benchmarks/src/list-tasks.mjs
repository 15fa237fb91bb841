import { Client } from 'flowctl'

/**
 * Lists the tasks of a step of the flow's latest run with status and times, and reads an artifact of each, with a client of its own:
 * nothing comes from what another one remembers.
 *
 * @param {string} datastore
 * @param {{ flow: string, step: string, artifact: string, count: number, sum: number }} what is there: so many tasks, whose
 *   artifacts add up to `sum`
 * @returns the run's id
 */
export async function listTasks(datastore, { flow, step, artifact, count, sum }) {
  const client = new Client({ datastore, namespace: null })
  const run = await (await client.flow(flow)).latestRun()
  if (run === undefined) throw new Error('The run is not there')
  const found = { tasks: 0, sum: 0 }
  for await (const task of (await run.step(step)).tasks()) {
    if (!task.successful || task.finishedAt === undefined || task.finishedAt < task.startedAt)
      throw new Error(`Task ${task.pathspec} has no end`)
    found.tasks += 1
    found.sum += /** @type {number} */ (await task.get(artifact))
  }
  if (found.tasks !== count || found.sum !== sum)
    throw new Error(`${found.tasks} tasks that add up to ${found.sum}, not ${count} and ${sum}`)
  return run.id
}
