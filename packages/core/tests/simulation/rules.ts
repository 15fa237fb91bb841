/** The rules by which coordinators and workers act. Each can be broken, to show that the simulation notices. */
export interface Rules {
  /** What became of a slice is decided by one conditional write. */
  readonly putIfAbsent: boolean
  /** A job that finds its commit only attaches and completes. */
  readonly lookBeforeRunning: boolean
  /** What follows is attached when the commit stands, not before. */
  readonly commitBeforeAttaching: boolean
  readonly attachBeforeCompleting: boolean
  /** Who is no longer waited for attaches nothing and takes nothing. */
  readonly childCheckBeforeAttaching: boolean
  /** Where slices begin and end is written down before any of them is handed out. */
  readonly durableBatches: boolean
  /** Taking the next slice again gives the same slice. */
  readonly takeOnce: boolean
  /** Who has handed out slices asks for more in the same breath in which it stops to count as outstanding. */
  readonly askUntilFull: boolean
  /** A parent that wakes up too early attaches what is missing and waits again. */
  readonly replanWhenWokenEarly: boolean
  /** Jobs of a stopped run complete without running. */
  readonly readStop: boolean
  /** A failure that nobody recorded is recorded by whoever recovers the run. */
  readonly stopWhenRecovered: boolean
  /** What a resumed run takes over is written before anything is planned. */
  readonly adoptedBeforeRun: boolean
  /** A queue that lost something is planted again from the datastore. */
  readonly recovery: boolean
  /** Who gets a job that a live worker is heard to run puts it back. */
  readonly hearClaims: boolean
  /** A queue that was wiped is planted again when everybody has said anew what they run. */
  readonly hearBeforePlanting: boolean
}

export const ALL_RULES: Rules = {
  putIfAbsent: true,
  lookBeforeRunning: true,
  commitBeforeAttaching: true,
  attachBeforeCompleting: true,
  childCheckBeforeAttaching: true,
  durableBatches: true,
  takeOnce: true,
  askUntilFull: true,
  replanWhenWokenEarly: true,
  readStop: true,
  stopWhenRecovered: true,
  adoptedBeforeRun: true,
  recovery: true,
  hearClaims: true,
  hearBeforePlanting: true,
}

/** Something that must never happen has happened. */
export class Broken extends Error {}
