import fc from 'fast-check'
import type { FlowGraph } from '@flowctl/core'
import { arbitraryGraph, singleStepGraph } from '../graph/generated-graphs.ts'
import { ALL_RULES } from './rules.ts'
import { Simulation, type Fault, type Setting } from './simulation.ts'

const graphs = fc.oneof(
  { weight: 20, arbitrary: arbitraryGraph({ maxDepth: 2 }) },
  { weight: 1, arbitrary: fc.constant(singleStepGraph()) },
)

function faults(kinds: readonly Fault['kind'][]): fc.Arbitrary<readonly Fault[]> {
  const fault = fc.record({
    kind: fc.constantFrom(...kinds),
    at: fc.oneof(fc.integer({ min: 1, max: 80 }), fc.integer({ min: 1, max: 400 })),
    pick: fc.nat(5),
    span: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 300 })),
  })
  return fc.array(fault, { maxLength: 10 })
}

export interface SettingShape {
  readonly kinds: readonly Fault['kind'][]
  /** @default [0] */
  readonly failing?: readonly number[]
  /** @default false */
  readonly resumed?: boolean
}

/** Everything a simulation is made of; what it shrinks to is small. */
export function arbitrarySetting({ kinds, failing = [0], resumed = false }: SettingShape): fc.Arbitrary<Setting> {
  return fc
    .record({
      graph: graphs,
      seed: fc.integer({ min: 1, max: 1_000_000 }),
      slots: fc.integer({ min: 1, max: 4 }),
      failing: fc.constantFrom(...failing),
      faults: faults(kinds),
      origin: resumed ? fc.integer({ min: 10, max: 250 }) : fc.constant(0),
    })
    .map(({ origin, ...setting }) => ({
      ...setting,
      origin: origin === 0 ? [] : partOf(setting.graph, setting, origin),
    }))
}

/** What a run had done that came no further. */
function partOf(graph: FlowGraph, { seed, slots }: { seed: number; slots: number }, steps: number): Setting['origin'] {
  const setting = { graph, seed, slots, failing: 0, faults: [], origin: [] }
  return new Simulation(setting, ALL_RULES).run(steps).datastore.order
}
