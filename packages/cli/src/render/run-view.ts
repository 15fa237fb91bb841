import type { RunEvent } from '@flowctl/engine'
import type { Output } from '../context/context.ts'
import type { Paint } from '../format/paint.ts'

/** Shows a going run. Every event is passed to it, in order; `finish` after the last one, or when the run is abandoned. */
export interface RunView {
  onEvent(event: RunEvent): void
  /** Says something that is not of the run itself, in its place among the lines. */
  note(at: number, text: string): void
  /** Writes what is held back and leaves the terminal as it was. */
  finish(): void
}

export interface ViewOptions {
  readonly output: Output
  readonly paint: Paint
  readonly cwd: string
  /** Where runs are kept, as people would write it. */
  readonly datastore: string
  /** How the user calls flowctl, for hints. */
  readonly program: string
  /** What Ctrl-C does. */
  readonly ctrlC?: string
  /** Of flowctl, for the header. */
  readonly version: string
  /** The lines that `run` or `resume` announce under the header, e.g. that a datastore is created. */
  readonly notes?: readonly string[]
}
