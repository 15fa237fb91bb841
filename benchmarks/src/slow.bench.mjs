import { sleepingRow } from './sleeping.mjs'

export const slow = {
  about:
    'A foreach of `size` tasks that sleep 100 ms, joined, on one warm worker with 64 slots, from admission to end, against the sum of the sleeps divided by the slots',
  size: 2000,
  smokeSize: 256,
  goals: [
    {
      what: 'slow foreach: 2,000 tasks that sleep 100 ms, 64 slots warmed up',
      text: 'at least 95 % of ideal',
      measure: 'ideal/real',
      atLeast: 0.95,
    },
  ],
  ...sleepingRow({ slots: 64, ms: 100, lastMs: 100 }),
}
