import { fileURLToPath } from 'node:url'

/** A flow that every engine must run to the same end. */
export interface ConformanceCase {
  readonly name: string
  readonly file: string
  readonly parameters?: Readonly<Record<string, string>>
  /** `failed` cases name the first failure. */
  readonly status: 'succeeded' | 'failed'
  readonly failure?: { readonly step: string; readonly task: string; readonly message: string }
  /** Artifacts of the end task. */
  readonly end?: Readonly<Record<string, unknown>>
  /** Final outcomes: step to `[succeeded, caught, failed]`. */
  readonly counts: Readonly<Record<string, readonly [number, number, number]>>
}

const flow = (name: string): string => fileURLToPath(new URL(`./flows/${name}.ts`, import.meta.url))
const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n)
const once = [1, 0, 0] as const
const times = (n: number): readonly [number, number, number] => [n, 0, 0]

function foreachCase(count: number): ConformanceCase {
  const squares = numbers(count).map((n) => (n + 1) ** 2)
  return {
    name: `a foreach of ${count}`,
    file: flow('foreach'),
    parameters: { count: String(count) },
    status: 'succeeded',
    end: { squares, texts: squares.map((square, n) => `${n}:${square}`), first: squares[0] ?? null },
    counts: { start: once, work: times(count), label: times(count), join: once, end: once },
  }
}

export const conformanceCases: readonly ConformanceCase[] = [
  {
    name: 'a line of steps',
    file: flow('linear'),
    status: 'succeeded',
    end: { list: [1, 2, 3], initial: [1, 2], seen: { list: [1, 2, 3], initial: [1, 2], factor: 3 } },
    counts: { start: once, grow: once, end: once },
  },
  {
    name: 'a split in a split',
    file: flow('branches'),
    status: 'succeeded',
    end: { outer: ['left-upper+left-lower', 'right'], counts: [2, 1], common: 'kept' },
    counts: { start: once, left: once, upper: once, lower: once, meet: once, right: once, join: once, end: once },
  },
  ...[0, 1, 25, 200].map(foreachCase),
  {
    name: 'a foreach and a split in a foreach',
    file: flow('nested'),
    status: 'succeeded',
    end: {
      table: [
        'a/0 aa a0[[0,3,"a"],[0,1,0]]',
        'b/1 bb b0[[1,3,"b"],[0,2,0]] b10[[1,3,"b"],[1,2,10]]',
        'c/2 cc c0[[2,3,"c"],[0,3,0]] c10[[2,3,"c"],[1,3,10]] c20[[2,3,"c"],[2,3,20]]',
      ],
    },
    counts: {
      start: once,
      fork: times(3),
      spread: times(3),
      fill: times(6),
      collect: times(3),
      meet: times(3),
      end: once,
    },
  },
  {
    name: 'switches and a loop',
    file: flow('switches'),
    status: 'succeeded',
    end: { labels: ['s1', 'L100', 's5'], counter: 4 },
    counts: { classify: times(3), small: times(2), large: once, same: times(3), join: once, loop: times(4), end: once },
  },
  {
    name: 'an empty foreach and one over a generator',
    file: flow('empty-foreach'),
    status: 'succeeded',
    end: { result: [0, 2, 4] },
    counts: { never: times(0), none: once, work: times(2), some: once, end: once },
  },
  {
    name: 'retries and caught errors in a packed chain',
    file: flow('retries'),
    status: 'succeeded',
    end: {
      summary: numbers(40).map((n) => {
        const attempts = n % 7 === 3 ? 2 : 0
        return `${n * 10 + 1} ${attempts} ${n % 11 === 5 ? `no ${n}` : '-'}`
      }),
    },
    counts: { shaky: times(40), risky: [36, 4, 0], after: times(40), join: once, end: once },
  },
  {
    name: 'processes that die in the middle of slices',
    file: flow('crashes'),
    status: 'succeeded',
    end: { summary: ['exit'], value: (59 * 60) / 2 - 52 },
    counts: { work: [59, 1, 0], join: once, end: once },
  },
  {
    name: 'tasks that run at once, some of which end their process',
    file: flow('concurrent'),
    status: 'succeeded',
    end: { summary: ['0 wrong', '11 again', '44 again', '22 exit', '33 exception'] },
    counts: { start: once, fetch: [88, 2, 0], double: times(90), join: once, end: once },
  },
  {
    name: 'a task that fails for good',
    file: flow('fails'),
    status: 'failed',
    failure: { step: 'measure', task: '2', message: 'a name is empty' },
    counts: { start: once, join: times(0), end: times(0) },
  },
  {
    name: 'a flow of one step',
    file: flow('single-step'),
    status: 'succeeded',
    end: { answer: 42 },
    counts: { only: once },
  },
  {
    name: 'a wide foreach',
    file: flow('wide'),
    status: 'succeeded',
    end: { total: 5000 * 4999, inputs: 5000 },
    counts: { start: once, work: times(5000), join: once, end: once },
  },
]
