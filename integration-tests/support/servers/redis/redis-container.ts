import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { watchedFolder } from './watchdog.ts'

const PORT = 6379
const IMAGE = 'redis:7-alpine'

/**
 * A Redis in a container, behind a password: its port is open to other machines too. FLOWCTL_TEST_REDIS_IMAGE names another image
 * than `redis:7-alpine`.
 */
export async function startRedisContainer(words: readonly string[]): Promise<{ url: string; stop(): Promise<void> }> {
  // Its helper would have to be fetched, and run with all rights; the shell that watches over our servers does as well.
  process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true'
  const { GenericContainer, Wait } = await import('testcontainers')
  const password = randomBytes(12).toString('hex')
  const container = await new GenericContainer(process.env['FLOWCTL_TEST_REDIS_IMAGE'] || IMAGE)
    .withCommand(['redis-server', '--requirepass', password, ...words])
    .withExposedPorts(PORT)
    .withWaitStrategy(Wait.forLogMessage('Ready to accept connections'))
    .withStartupTimeout(20_000)
    .start()
  const folder = join(watchedFolder(), container.getId())
  mkdirSync(folder)
  writeFileSync(join(folder, 'container'), container.getId())
  return {
    url: `redis://:${password}@${container.getHost()}:${container.getMappedPort(PORT)}`,
    stop: async () => void (await container.stop({ timeout: 0, remove: true, removeVolumes: true })),
  }
}
