import type { AttemptRecord, TaskError } from '@flowctl/core'
import type { Attempt, LogLine } from './model.ts'
import type { RunAccess } from './session.ts'

export class AttemptObject implements Attempt {
  readonly #access: RunAccess
  readonly #record: AttemptRecord

  constructor(access: RunAccess, record: AttemptRecord) {
    this.#access = access
    this.#record = record
  }

  get number(): number {
    return this.#record.attempt
  }

  get startedAt(): Date {
    return new Date(this.#record.startedAt)
  }

  get finishedAt(): Date {
    return new Date(this.#record.endedAt)
  }

  get error(): TaskError | undefined {
    return this.#record.error
  }

  async stdout(): Promise<string> {
    return textOf(await this.logLines(), 'stdout')
  }

  async stderr(): Promise<string> {
    return textOf(await this.logLines(), 'stderr')
  }

  async log(): Promise<string> {
    return textOf(await this.logLines())
  }

  async logLines(): Promise<readonly LogLine[]> {
    const { log } = this.#record
    const lines = log === undefined ? [] : await this.#access.records.readLog(log)
    return lines.map((line) => ({ ...line, at: new Date(line.at) }))
  }
}

function textOf(lines: readonly LogLine[], stream?: LogLine['stream']): string {
  const wanted = stream === undefined ? lines : lines.filter((line) => line.stream === stream)
  return wanted.map((line) => `${line.text}\n`).join('')
}
