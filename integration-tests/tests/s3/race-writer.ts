import { openStore } from '@flowctl/datastore'

/** A process of a race: waits for the starting time, then does its part, then prints what it won. */
const [url, part, start, who] = process.argv.slice(2) as [string, string, string, string]
const store = await openStore(url, { env: process.env })
const encoder = new TextEncoder()
await new Promise((resolve) => setTimeout(resolve, Math.max(0, Number(start) - Date.now())))

const won: string[] = []
if (part === 'absent') {
  for (let i = 0; i < 60; i += 1) {
    if ((await store.putIfAbsent(`race/${i}`, encoder.encode(`${who} `.repeat(100)))).written) won.push(String(i))
  }
} else {
  for (let i = 0; i < 20; i += 1) {
    for (;;) {
      const current = await store.get('counter')
      if (current === undefined) throw new Error('the counter is gone')
      const next = encoder.encode(String(Number(new TextDecoder().decode(current.bytes)) + 1))
      if ((await store.putIfMatch('counter', next, current.etag)).written) break
    }
    won.push(String(i))
  }
}
process.stdout.write(won.join(','))
