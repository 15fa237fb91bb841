export { bytes, counted, grouped } from './figures/numbers.ts'
export { clock, dateTime, duration, timestamp } from './figures/time.ts'
export { RunProgress, type StepProgress } from './progress/run-progress.ts'
export {
  attemptText,
  completedText,
  foreachText,
  progressText,
  retryText,
  startText,
  stoppingText,
} from './progress/wording.ts'
