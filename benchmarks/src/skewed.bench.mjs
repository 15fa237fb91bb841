import { sleepingRow } from './sleeping.mjs'

export const skewed = {
  about:
    'A foreach of `size` tasks that sleep 1 ms, but for the last tenth, which sleep 200 ms, joined, on one warm worker with 16 slots, from admission to end, against the sum of the sleeps divided by the slots',
  size: 20_000,
  smokeSize: 400,
  goals: [
    {
      what: 'skewed foreach: 20,000 tasks of 1 ms of which the last 10 % take 200 ms, 16 slots',
      text: 'at least 90 % of ideal',
      measure: 'ideal/real',
      atLeast: 0.9,
    },
  ],
  ...sleepingRow({ slots: 16, ms: 1, lastMs: 200 }),
}
