import type { FlowctlError } from '../../errors/flowctl-error.ts'
import { flowError } from '../../errors/table.ts'
import type { StepMethod } from '../flow-spec.ts'
import { authoringState, decorationOf, type Decoration } from '../shared-state.ts'

/** A decorator ready to stand before a method, in the standard dialect and in the legacy one. */
export interface StepDecorator {
  <Method extends StepMethod>(method: Method, context: ClassMethodDecoratorContext): void
  <Method extends StepMethod>(
    prototype: object,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<Method>,
  ): void
}

type Site =
  | { readonly method: object; readonly name: string }
  /** Something that cannot be a step; `report` brings the problem to where describeFlow finds it. */
  | { readonly what: string; readonly name: string; readonly report: (problem: FlowctlError) => void }

/**
 * Makes a decorator that may stand bare (`@retry`) or with options (`@retry({ times: 2 })`). `apply` notes what it says on the
 * method. Nothing throws here: loading the class goes on, and describeFlow reports the problems of all decorators together.
 */
export function makeDecorator(
  decorator: string,
  apply: (decoration: Decoration, options: unknown, owner: string) => void,
): (...args: readonly unknown[]) => unknown {
  const decorate = (site: Site, options: unknown): void => {
    if (!('method' in site)) {
      site.report(flowError('DECORATOR_MISPLACED', { decorator, name: site.name, what: site.what }))
      return
    }
    const decoration = decorationOf(site.method)
    if (decoration.met.includes(decorator)) {
      decoration.problems.push(flowError('DECORATOR_DUPLICATE', { decorator, step: site.name }))
      return
    }
    decoration.met.push(decorator)
    apply(decoration, options, `@${decorator} on ${site.name}`)
  }
  return (...args) => {
    const bare = siteOf(args)
    if (bare !== undefined) return decorate(bare, undefined)
    return (...inner: readonly unknown[]): void => {
      const site = siteOf(inner)
      if (site === undefined) throw flowError('DECORATOR_CALLED', { decorator })
      decorate(site, args[0])
    }
  }
}

/** What a decorator stands on, in either dialect; `undefined` when these are not a decorator's arguments. */
function siteOf(args: readonly unknown[]): Site | undefined {
  const [target, context, descriptor] = args
  if (isStandardContext(context)) return standardSite(target, context)
  if (typeof context === 'string' || typeof context === 'symbol') {
    return legacySite(target as object, String(context), descriptor as PropertyDescriptor | undefined)
  }
  // A class, legacy dialect: it comes alone.
  if (args.length === 1 && typeof target === 'function') return onClass(target)
  return undefined
}

function isStandardContext(value: unknown): value is DecoratorContext {
  return typeof value === 'object' && value !== null && 'kind' in value && 'addInitializer' in value
}

function standardSite(target: unknown, context: DecoratorContext): Site {
  if (context.kind === 'class') return onClass(target as { readonly name: string })
  const name = String(context.name)
  if (context.kind === 'method' && !context.static && !context.private) return { method: target as object, name }
  return {
    what: withArticle(`${context.static ? 'static ' : ''}${context.private ? 'private ' : ''}${context.kind}`),
    name,
    report: (problem) =>
      context.addInitializer(function (this: unknown) {
        if (context.static) misplaced(this as object, problem)
        else authoringState.construction?.problem(problem)
      }),
  }
}

function legacySite(target: object, name: string, descriptor: PropertyDescriptor | undefined): Site {
  const isStatic = typeof target === 'function'
  const method: unknown = descriptor?.value
  if (!isStatic && typeof method === 'function') return { method, name }
  const kind = descriptor === undefined ? 'field' : typeof method === 'function' ? 'method' : 'accessor'
  return {
    what: withArticle(`${isStatic ? 'static ' : ''}${kind}`),
    name,
    report: (problem) => misplaced(target, problem),
  }
}

function withArticle(noun: string): string {
  return `${noun.startsWith('a') ? 'an' : 'a'} ${noun}`
}

function onClass(target: { readonly name: string }): Site {
  return { what: 'a class', name: target.name, report: (problem) => misplaced(target, problem) }
}

function misplaced(home: object, problem: FlowctlError): void {
  const problems = authoringState.misplaced.get(home) ?? []
  authoringState.misplaced.set(home, [...problems, problem])
}
