import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePorts } from './free-ports.ts'

export interface TlsServer {
  /** For redis-server's command line: it serves TLS at `port`, besides what its own port serves. */
  readonly words: readonly string[]
  readonly port: number
  /** The certificate of the authority that nobody knows. */
  readonly authority: string
}

/** What a person has to install before tests can make certificates; `undefined` when it is there. Says it once. */
export function missingOpenssl(): string | undefined {
  if (spawnSync('openssl', ['version'], { stdio: 'ignore' }).status === 0) return undefined
  const missing = 'TLS tests need openssl on the PATH: apt-get install -y openssl'
  process.stderr.write(`${missing}\n`)
  return missing
}

/** An authority of our own, and a certificate of it for 127.0.0.1 and localhost, in files of the folder. */
export async function tlsServer(folder: string): Promise<TlsServer> {
  const file = (name: string): string => join(folder, name)
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl([
    'req',
    '-x509',
    ...key,
    '-keyout',
    file('ca.key'),
    '-out',
    file('ca.crt'),
    '-days',
    '2',
    '-subj',
    '/CN=ours',
  ])
  openssl(['req', ...key, '-keyout', file('redis.key'), '-out', file('redis.csr'), '-subj', '/CN=localhost'])
  writeFileSync(file('names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n')
  const by = ['-CA', file('ca.crt'), '-CAkey', file('ca.key'), '-CAcreateserial', '-extfile', file('names')]
  openssl(['x509', '-req', '-in', file('redis.csr'), ...by, '-out', file('redis.crt'), '-days', '2'])
  const port = await freePorts()
  const words = ['--tls-port', String(port), '--tls-cert-file', file('redis.crt'), '--tls-key-file', file('redis.key')]
  return {
    port,
    authority: file('ca.crt'),
    words: [...words, '--tls-ca-cert-file', file('ca.crt'), '--tls-auth-clients', 'no'],
  }
}

function openssl(words: readonly string[]): void {
  execFileSync('openssl', words, { stdio: ['ignore', 'ignore', 'pipe'] })
}
