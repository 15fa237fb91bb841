import {
  flowError,
  FlowProblems,
  fromWire,
  isFlowctlError,
  isFlowProblems,
  type FlowctlError,
  type WireError,
} from '@flowctl/core'
import type { Answer, Request } from '@flowctl/runtime'
import type { TaskProcess } from './task-process.ts'

type AnswerOf<T extends Answer['type']> = Extract<Answer, { readonly type: T }>

/**
 * The first answer of the wanted type to a request. Throws FlowProblems when the process refuses the request, and TASK_PROCESS_UNUSABLE
 * when it ends before it answers.
 */
export async function answerTo<T extends Answer['type']>(
  process: TaskProcess,
  request: Request,
  wanted: T,
): Promise<AnswerOf<T>> {
  const answering = firstAnswer(process, wanted)
  process.send(request)
  const answer = await answering
  if (answer.type === 'refused') throw refusalOf((answer as AnswerOf<'refused'>).error)
  return answer as AnswerOf<T>
}

function firstAnswer<T extends Answer['type']>(process: TaskProcess, wanted: T): Promise<AnswerOf<T | 'refused'>> {
  return new Promise((resolve, reject) => {
    let output = ''
    process.listen({
      answer: (answer) => {
        if (answer.type === wanted || answer.type === 'refused') resolve(answer as AnswerOf<T | 'refused'>)
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

/** The reason as it was there. What is not of the table is the user's code's. */
function refusalOf(wire: WireError): FlowProblems {
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
