import { createServer } from 'node:http'

// Answers GET /N with 2 N after so many milliseconds; prints its URL. Ends with its parent.

const MS = Number(process.argv[2])

const server = createServer((request, response) => {
  setTimeout(() => response.end(String(Number(request.url?.slice(1)) * 2)), MS)
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') console.log(`http://127.0.0.1:${address.port}`)
})
process.stdin.resume().on('end', () => process.exit())
