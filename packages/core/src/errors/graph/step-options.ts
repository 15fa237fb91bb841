import { entry } from '../define/entry.ts'

/** What the code and the decorators of a step ask for and cannot have. */
export const stepOptionErrors = {
  PRIVATE_FIELD_WRITTEN: entry<{ step: string; field: string }>({
    exit: 2,
    when: 'A step writes to a #private field.',
    message: (d) =>
      `Step '${d.step}' writes to '${d.field}', which is not an artifact: the value is lost when the step ends.`,
    fix: (d) => `Use a field without the #: this.${d.field.slice(1)} = ...`,
  }),
  CATCH_ON_BRANCHING_STEP: entry<{ step: string; kind: 'foreach' | 'switch' }>({
    exit: 2,
    when: '@catchError stands on a foreach or switch step.',
    message: (d) =>
      `Step '${d.step}' has @catchError, but it is a ${d.kind}: after an error it could not tell what comes next.`,
    fix: (d) => `Remove @catchError, or do the risky work in a step before '${d.step}'.`,
  }),
  CONCURRENT_WITHOUT_EFFECT: entry<{ step: string; foreach?: string }>({
    exit: 2,
    when: '@concurrent stands on a step of which a process never carries several tasks.',
    message: (d) =>
      d.foreach === undefined
        ? `Step '${d.step}' has @concurrent, but it is not a step that a foreach runs for each item.`
        : `Step '${d.step}' has @concurrent, but what the foreach '${d.foreach}' runs for each item is not one chain of steps in one pool and one @environment.`,
    fix: (d) =>
      d.foreach === undefined
        ? 'Remove @concurrent, or put it on a step between a foreach and its join.'
        : `Remove @concurrent, or let only one step after the other stand between '${d.foreach}' and its join, without splits, switches and loops.`,
  }),
} as const
