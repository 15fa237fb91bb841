import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'

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
