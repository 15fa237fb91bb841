import { expect, test } from 'vitest'
import { ServiceMetrics } from '../../src/http/service-metrics.ts'

const linesOf = async (metrics: ServiceMetrics, name: string): Promise<string[]> =>
  (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith(name))

test('counters and gauges are as they are when somebody looks', async () => {
  const metrics = new ServiceMetrics('worker')
  const now = { done: 3, busy: 1 }
  metrics.counter('flowctl_done_total', 'Done', () => now.done)
  metrics.gauge('flowctl_busy', 'Busy', () => now.busy)
  expect(await linesOf(metrics, 'flowctl_done_total')).toEqual(['flowctl_done_total{service="worker"} 3'])
  now.done = 5
  now.busy = 0
  expect(await linesOf(metrics, 'flowctl_done_total')).toEqual(['flowctl_done_total{service="worker"} 5'])
  expect(await linesOf(metrics, 'flowctl_busy')).toEqual(['flowctl_busy{service="worker"} 0'])
})

test('numbers with labels come and go', async () => {
  const metrics = new ServiceMetrics('coordinator')
  let queues = ['default', 'gpu']
  metrics.gauges('flowctl_jobs', 'Jobs', ['queue'], async () =>
    queues.map((queue, i) => ({ labels: { queue }, value: i + 1 })),
  )
  expect(await linesOf(metrics, 'flowctl_jobs')).toEqual([
    'flowctl_jobs{queue="default",service="coordinator"} 1',
    'flowctl_jobs{queue="gpu",service="coordinator"} 2',
  ])
  queues = ['gpu']
  expect(await linesOf(metrics, 'flowctl_jobs')).toEqual(['flowctl_jobs{queue="gpu",service="coordinator"} 1'])
})

test('each service has numbers of its own, and those of its process', async () => {
  const one = new ServiceMetrics('worker')
  const two = new ServiceMetrics('worker')
  one.errors.inc()
  expect(await linesOf(one, 'flowctl_errors_total')).toEqual(['flowctl_errors_total{service="worker"} 1'])
  expect(await linesOf(two, 'flowctl_errors_total')).toEqual(['flowctl_errors_total{service="worker"} 0'])
  expect(await linesOf(two, 'process_resident_memory_bytes')).toHaveLength(1)
})
