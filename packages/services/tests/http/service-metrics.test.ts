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

test('durations are counted by how long they were, in seconds', async () => {
  const metrics = new ServiceMetrics('worker')
  const took = metrics.durations('flowctl_wait_seconds', 'Waits')
  for (const ms of [2, 40, 40, 7000]) took(ms)
  const lines = await linesOf(metrics, 'flowctl_wait_seconds')
  for (const line of [
    'flowctl_wait_seconds_bucket{le="0.001",service="worker"} 0',
    'flowctl_wait_seconds_bucket{le="0.0025",service="worker"} 1',
    'flowctl_wait_seconds_bucket{le="0.05",service="worker"} 3',
    'flowctl_wait_seconds_bucket{le="10",service="worker"} 4',
    'flowctl_wait_seconds_bucket{le="+Inf",service="worker"} 4',
    'flowctl_wait_seconds_sum{service="worker"} 7.082',
    'flowctl_wait_seconds_count{service="worker"} 4',
  ])
    expect(lines).toContain(line)
})

test('each service has numbers of its own, and those of its process', async () => {
  const one = new ServiceMetrics('worker')
  const two = new ServiceMetrics('worker')
  one.errors.inc()
  expect(await linesOf(one, 'flowctl_errors_total')).toEqual(['flowctl_errors_total{service="worker"} 1'])
  expect(await linesOf(two, 'flowctl_errors_total')).toEqual(['flowctl_errors_total{service="worker"} 0'])
  expect(await linesOf(two, 'process_resident_memory_bytes')).toHaveLength(1)
})
