/** The facts of the running task. */
export interface CurrentInfo {
  readonly flowName: string
  readonly runId: string
  readonly stepName: string
  /** `0`, `3`, `3.17`: the foreach indices. */
  readonly taskId: string
  /** 0 for the first try of the task. */
  readonly attempt: number
  /** `Flow/run/step/task`. */
  readonly pathspec: string
  /** The run that this one resumes; `undefined` in a fresh run. */
  readonly originRunId: string | undefined
  readonly tags: readonly string[]
  readonly user: string
  /** A folder for this task's scratch files, removed after the task. */
  readonly tempDir: string
  /** The parameters' values by field. */
  readonly parameters: Readonly<Record<string, unknown>>
}
