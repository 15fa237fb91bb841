import { Hono, type Context } from 'hono'

/** What `/readyz` and `/healthz` answer: nothing wrong, or what is wrong. */
export type Check = () => Promise<string | undefined> | string | undefined

export interface ServiceAppOptions {
  /** Whether the process can go on; if not, it had better be started anew. @default always */
  readonly healthy?: Check
  /** Whether it can do its work now. */
  readonly ready: Check
  readonly metrics: { readonly contentType: string; metrics(): Promise<string> }
}

/** A check that takes longer has failed, in milliseconds. */
const CHECK_LIMIT_MS = 2000

/** The routes of a service: `/healthz`, `/readyz` (200 `ok`, or 503 and the reason) and `/metrics`. */
export function serviceApp({ healthy = () => undefined, ready, metrics }: ServiceAppOptions): Hono {
  return new Hono()
    .use(async ({ req, text }, next) => {
      // Hono answers HEAD as it answers GET, without the body.
      if (req.method !== 'GET' && req.method !== 'HEAD') return text('only GET\n', 405)
      return await next()
    })
    .get('/healthz', (context) => checked(context, healthy))
    .get('/readyz', (context) => checked(context, ready))
    .get('/metrics', async ({ body }) => body(await metrics.metrics(), 200, { 'content-type': metrics.contentType }))
    .notFound(({ text }) => text('there are /healthz, /readyz and /metrics\n', 404))
    .onError((error, { text }) => text(`${String(error)}\n`, 500))
}

async function checked({ text }: Context, check: Check): Promise<Response> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${CHECK_LIMIT_MS / 1000} s`), CHECK_LIMIT_MS)
  })
  const wrong = await Promise.race([Promise.resolve().then(check), late]).catch((error: unknown) => String(error))
  clearTimeout(timer)
  return wrong === undefined ? text('ok\n') : text(`${wrong}\n`, 503)
}
