import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { outOfOrder } from '../plan/model-run.ts'
import { ALL_RULES } from './rules.ts'
import { arbitrarySetting, type SettingShape } from './settings.ts'
import { Simulation, type Fault } from './simulation.ts'

/** How many times the usual number of runs: more for a search of hours. */
const FACTOR = Number(process.env['FLOWCTL_SIMULATION_FACTOR'] ?? 1)
/** Another seed every time, which fast-check prints with what it found; a fixed one repeats. */
const SEED = process.env['FLOWCTL_SIMULATION_SEED']

const NONE: readonly Fault['kind'][] = ['duplicate']
const DEATHS: readonly Fault['kind'][] = ['crash', 'crash', 'zombie', 'duplicate']
const LOSSES: readonly Fault['kind'][] = ['lost-tail', 'wipe', 'power-cut', 'stale-recovery', 'crash', 'zombie']
const ALL: readonly Fault['kind'][] = [...LOSSES, 'duplicate', 'cancel']

function holds(shape: SettingShape, numRuns: number): void {
  const property = fc.property(arbitrarySetting(shape), (setting) => {
    const { datastore } = new Simulation(setting, ALL_RULES).run()
    if (setting.failing === 0 && !setting.faults.some(({ kind }) => kind === 'cancel')) {
      expect(datastore.end).toBe('succeeded')
    }
    expect(outOfOrder(setting.graph, [...setting.origin, ...datastore.order])).toBeUndefined()
  })
  const seed = SEED === undefined ? {} : { seed: Number(SEED) }
  fc.assert(property, { ...seed, numRuns: Math.ceil(numRuns * FACTOR) })
}

describe('a simulated run keeps every rule', { timeout: 600_000 * Math.max(1, FACTOR) }, () => {
  it('when nothing worse happens than a job that is delivered twice', () => holds({ kinds: NONE }, 400))
  it('when coordinators and workers die, or stop and go on too late', () => holds({ kinds: DEATHS }, 600))
  it('when the queue loses its last second, or everything', () => holds({ kinds: LOSSES }, 800))
  it('when tasks fail and people cancel', () => holds({ kinds: ALL, failing: [0, 5, 30] }, 600))
  it('when it is resumed', () => holds({ kinds: ALL.filter((kind) => kind !== 'cancel'), resumed: true }, 600))
})
