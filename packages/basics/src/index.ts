export { countWhile } from './count-while.ts'
export { inParallel, mapOrdered } from './in-parallel.ts'
export { RecentMap } from './recent-map.ts'
export { Turns } from './turns.ts'
