import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ALL_RULES, Broken, type Rules } from './rules.ts'
import { arbitrarySetting, type SettingShape } from './settings.ts'
import { Simulation } from './simulation.ts'

const DEATHS: SettingShape = { kinds: ['crash', 'zombie', 'duplicate'] }
const LOSSES: SettingShape = { kinds: ['lost-tail', 'wipe', 'power-cut', 'crash', 'zombie'] }

/** For every rule: under what it is broken, and what the simulation then says. */
const BROKEN: Record<keyof Rules, { readonly shape: SettingShape; readonly says: RegExp }> = {
  putIfAbsent: { shape: DEATHS, says: /the commit .* was replaced/ },
  lookBeforeRunning: {
    shape: DEATHS,
    says: /began again after it was committed|began while a live worker was running it/,
  },
  commitBeforeAttaching: { shape: DEATHS, says: /began before .* was there|began with \d+ of \d+ inputs/ },
  attachBeforeCompleting: {
    shape: { kinds: ['duplicate'] },
    says: /was woken early, though the queue has lost nothing/,
  },
  childCheckBeforeAttaching: { shape: DEATHS, says: /was attached for .*, which was complete/ },
  durableBatches: { shape: LOSSES, says: /overlap/ },
  takeOnce: { shape: DEATHS, says: /was woken early, though the queue has lost nothing/ },
  askUntilFull: { shape: { kinds: ['duplicate'] }, says: /was woken early, though the queue has lost nothing/ },
  replanWhenWokenEarly: { shape: LOSSES, says: /began with \d+ of \d+ inputs|without its end/ },
  readStop: { shape: { kinds: ['cancel'] }, says: /began in a stopped run/ },
  stopWhenRecovered: { shape: { kinds: ['power-cut', 'crash'], failing: [5] }, says: /does not end/ },
  adoptedBeforeRun: { shape: { kinds: ['duplicate'], resumed: true }, says: /began, but was taken over/ },
  recovery: { shape: LOSSES, says: /is stuck/ },
  hearClaims: { shape: { kinds: ['duplicate', 'wipe'] }, says: /began while a live worker was running it/ },
  hearBeforePlanting: { shape: { kinds: ['wipe'] }, says: /began while a live worker was running it/ },
}

/** One that is not found in so many is not found. */
const MOST_RUNS = 30_000

describe('the simulation notices', () => {
  it.each(Object.keys(BROKEN) as (keyof Rules)[])('when %s is not kept', (rule) => {
    const { shape, says } = BROKEN[rule]
    const property = fc.property(arbitrarySetting(shape), (setting) => {
      new Simulation(setting, { ...ALL_RULES, [rule]: false }).run()
    })
    const found = fc.check(property, { numRuns: MOST_RUNS, endOnFailure: true })
    expect(found.failed, `nothing found in ${found.numRuns} runs from seed ${found.seed}`).toBe(true)
    expect(found.errorInstance).toBeInstanceOf(Broken)
    expect((found.errorInstance as Broken).message).toMatch(says)
  })

  it('and shows it with the smallest graph and the fewest faults', () => {
    const property = fc.property(arbitrarySetting(DEATHS), (setting) => {
      new Simulation(setting, { ...ALL_RULES, lookBeforeRunning: false }).run()
    })
    // Now and then what shrinks from a large graph stays large.
    const found = [1, 2, 3].map(() => fc.check(property, { numRuns: MOST_RUNS }))
    const shown = found.map(({ counterexample, seed }) => {
      const [setting] = counterexample ?? []
      const steps = Object.keys(setting?.graph.steps ?? {}).length
      return { seed, steps, faults: setting?.faults.length ?? Infinity }
    })
    const seeds = `seeds ${found.map(({ seed }) => seed).join(', ')}`
    expect(Math.min(...shown.map(({ steps }) => (steps === 0 ? Infinity : steps))), seeds).toBeLessThanOrEqual(2)
    expect(Math.min(...shown.map(({ faults }) => faults)), seeds).toBeLessThanOrEqual(1)
  })
})
