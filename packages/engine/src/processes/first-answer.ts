import {
  flowError,
  FlowProblems,
  fromWire,
  isFlowctlError,
  isFlowProblems,
  type FlowctlError,
  type WireError,
} from '@flowctl/core'
import type { Answer } from '@flowctl/runtime'
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

/** Why a task process refused a request, as it was there. What is not of the table is the user's code's. */
export function refusalOf(wire: WireError): FlowProblems {
  const error = fromWire(wire)
  if (isFlowProblems(error)) return error
  return new FlowProblems([isFlowctlError(error) ? error : codeFailed(wire)])
}

function codeFailed(wire: WireError): FlowctlError {
  const { name, message, stack } = wire
  const problem = flowError('FLOW_CODE_FAILED', { name, message }, { cause: wire })
  if (stack !== undefined) problem.stack = stack
  return problem
}
