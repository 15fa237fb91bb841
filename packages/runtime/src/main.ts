import { syncBuiltinESMExports } from 'node:module'
import type { Request } from './protocol/requests.ts'
import { AnswerPipe } from './answers/answer-pipe.ts'
import { TaskGuard } from './isolation/guard.ts'
import { LogCapture } from './answers/logs.ts'
import { RunningTasks } from './answers/running-tasks.ts'
import { TaskService } from './service.ts'
import { ProcessState } from './isolation/process-state.ts'

/** Where the parent reads answers. */
const ANSWERS_FD = 3

process.setSourceMapsEnabled(true)
// Ctrl-C reaches the whole group; what becomes of running tasks is the parent's decision.
process.on('SIGINT', () => {})

const exit = process.exit.bind(process)
const pipe = new AnswerPipe(ANSWERS_FD)
const tasks = new RunningTasks()
const logs = new LogCapture(pipe, tasks)
logs.install()
const guard = new TaskGuard(pipe, logs, tasks)
guard.install()
const surroundings = new ProcessState(process.env)
process.env = surroundings.watchedEnv()
// `import { env, exit } from 'node:process'` is to give these, too.
syncBuiltinESMExports()
process.on('exit', () => surroundings.removeTempDirs())

const leave = (): void => {
  pipe.flush()
  exit(0)
}
const service = new TaskService({ pipe, logs, tasks, guard, surroundings }, leave)
process.on('message', (request) => service.receive(request as Request))
// A parent that is gone cannot be answered.
process.on('disconnect', () => exit(0))
