import type { RunEvent } from '@flowctl/engine'
import { LineWriter } from './line-writer.ts'
import type { RunView, ViewOptions } from './run-view.ts'

/**
 * `--json`: one JSON object a line. Times (`at`, `startedAt`, `retryAt`) are milliseconds since 1970, attempts count from 0.
 *
 * - `run-started`: `flow`, `run`, `pathspec`, `file`, `user`, `datastore`, `systemTags`, `origin` (of a resumed run)
 * - `resume-plan`, before the others: `origin`, `step`, `steps` with `step`, `action`, `reused`, `why`
 * - `adopted`: `step`, `tasks`
 * - `task-started`: `step`, `task`, `attempt`, `pid`, `input` (inside a foreach)
 * - `line`: `step`, `task`, `attempt`, `pid`, `stream`, `text`
 * - `foreach-opened`: `step`, `task`, `to`, `count`
 * - `task-ended`: `step`, `task`, `attempt`, `pid`, `outcome`, `startedAt`, `input`, `error`, `retryAt`
 * - `stopping`: `reason`, `running`
 * - `run-ended`: `status`, `startedAt`, `failure`
 *
 * Wrong usage, before there is a run: `error` with `code`, `message`, `fix` and `location`, one for each problem.
 */
export class JsonView implements RunView {
  readonly #options: ViewOptions
  readonly #writer: LineWriter

  constructor(options: ViewOptions) {
    this.#options = options
    this.#writer = new LineWriter(options.output)
  }

  onEvent(event: RunEvent): void {
    this.#writer.line(JSON.stringify(event.type === 'run-started' ? this.#started(event) : event))
  }

  /** Notes are for people. */
  note(): void {}

  finish(): void {
    this.#writer.flush()
  }

  #started(event: RunEvent & { type: 'run-started' }): object {
    const { flow, run, user, systemTags, origin, code } = event.record
    const pathspec = `${flow}/${run}`
    const { type, at } = event
    return {
      type,
      at,
      flow,
      run,
      pathspec,
      file: code.file,
      user,
      datastore: this.#options.datastore,
      systemTags,
      origin,
    }
  }
}
