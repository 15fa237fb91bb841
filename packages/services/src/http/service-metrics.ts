import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

/** From a commit on a local disk to a step of an hour, in seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600]

/** The numbers of one service, for Prometheus: those of its process, and those that it is asked for when somebody looks. */
export class ServiceMetrics {
  readonly registry: Registry = new Registry()
  /** Trouble that mended itself or will be met again. */
  readonly errors: Counter

  constructor(service: string) {
    this.registry.setDefaultLabels({ service })
    collectDefaultMetrics({ register: this.registry })
    this.errors = this.#counter('flowctl_errors_total', 'Errors that did not end the process')
  }

  /** A number that only grows, as it is when somebody looks. */
  counter(name: string, help: string, value: () => number): void {
    const counter = this.#counter(name, help, () => {
      counter.reset()
      counter.inc(value())
    })
  }

  /** How long things took. Returns what is told of each, in milliseconds. */
  durations(name: string, help: string): (ms: number) => void {
    const histogram = new Histogram({ name, help, buckets: BUCKETS, registers: [this.registry] })
    return (ms) => histogram.observe(ms / 1000)
  }

  /** A number as it is when somebody looks. */
  gauge(name: string, help: string, value: () => number): void {
    const gauge: Gauge = new Gauge({ name, help, registers: [this.registry], collect: () => gauge.set(value()) })
  }

  /** Numbers with labels, as they are when somebody looks. Those that are not given any more vanish. */
  gauges<L extends string>(
    name: string,
    help: string,
    labels: readonly L[],
    values: () => Promise<readonly { readonly labels: Readonly<Record<L, string>>; readonly value: number }[]>,
  ): void {
    const gauge: Gauge<L> = new Gauge<L>({
      name,
      help,
      labelNames: [...labels],
      registers: [this.registry],
      async collect() {
        const found = await values()
        gauge.reset()
        for (const { labels: of, value } of found) gauge.set(of, value)
      },
    })
  }

  #counter(name: string, help: string, collect?: () => void): Counter {
    return new Counter({ name, help, registers: [this.registry], ...(collect === undefined ? {} : { collect }) })
  }
}
