import { flowError, FlowctlError, FlowProblems } from '@flowctl/core'
import type { Answer, RefusedError } from '@flowctl/runtime'
import type { TaskProcess } from './task-process.ts'

/** The first answer that is wanted; rejects with TASK_PROCESS_UNUSABLE when the process ends before it. */
export function firstAnswer(process: TaskProcess, wanted: (answer: Answer) => boolean): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let output = ''
    process.listen({
      answer: (answer) => {
        if (wanted(answer)) resolve(answer)
      },
      output: (_, text) => {
        output = (output + text).slice(-2000)
      },
      exit: (exit) => {
        const how = exit.signal === null ? `exit code ${String(exit.code)}` : `signal ${exit.signal}`
        const reason = `it ended with ${how} before it was ready. ${output.trim()}`.trim()
        reject(flowError('TASK_PROCESS_UNUSABLE', { reason }))
      },
    })
  })
}

/** Errors that a task process refused a request with, as they were there. What is not of the table is the user's code's. */
export function problemsOf(errors: readonly RefusedError[]): FlowProblems {
  return new FlowProblems(
    errors.map((error) => {
      const problem = error.code === undefined ? codeFailed(error) : sameError(error.code, error)
      if (error.stack !== undefined) problem.stack = error.stack
      return problem
    }),
  )
}

function codeFailed(error: RefusedError): FlowctlError {
  const { name, message } = error
  return flowError('FLOW_CODE_FAILED', { name, message }, { cause: error })
}

function sameError(code: string, { message, fix = '', details, cause }: RefusedError): FlowctlError {
  return new FlowctlError(code, { message, fix, exit: 2, details }, { cause })
}
