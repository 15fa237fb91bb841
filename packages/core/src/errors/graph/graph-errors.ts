import { balanceErrors } from './balance.ts'
import { branchingErrors } from './branching.ts'
import { stepOptionErrors } from './step-options.ts'
import { stepErrors } from './steps.ts'
import { terminalErrors } from './terminals.ts'
import { transitionErrors } from './transitions.ts'

/** What the static checks of a flow find, one entry a check. */
export const graphErrors = {
  ...terminalErrors,
  ...stepErrors,
  ...transitionErrors,
  ...branchingErrors,
  ...balanceErrors,
  ...stepOptionErrors,
} as const
