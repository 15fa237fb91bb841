import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { onTestFinished } from 'vitest'

/** Files of a package by path; package.json with name and version is among them. */
export type PackageFiles = Readonly<Record<string, string | Uint8Array>>

export interface Registry {
  readonly url: string
  /** Paths of all requests. */
  readonly asked: string[]
  /** Environment for an npm that knows no other registry. */
  readonly env: Readonly<Record<string, string | undefined>>
  integrity(name: string): string
  /** Answers every request with this status from now on. */
  refuse(status: number): void
}

/** An npm registry on loopback with these packages, one version each. */
export async function startRegistry(cache: string, packages: readonly PackageFiles[]): Promise<Registry> {
  const asked: string[] = []
  const tarballs = new Map<string, { readonly manifest: Record<string, unknown>; readonly bytes: Buffer }>()
  for (const files of packages) {
    const manifest = JSON.parse(String(files['package.json'])) as Record<string, unknown>
    tarballs.set(String(manifest['name']), { manifest, bytes: gzipSync(tar(files)) })
  }
  let refused: number | undefined
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '')
    asked.push(path)
    const [name = '', tarball] = path.slice(1).split('/-/')
    const found = tarballs.get(name)
    if (refused !== undefined || found === undefined) {
      response.writeHead(refused ?? 404, { 'content-type': 'application/json' }).end('{"error":"no"}')
      return
    }
    if (tarball !== undefined) {
      response.end(found.bytes)
      return
    }
    const version = String(found.manifest['version'])
    const dist = { tarball: `${url}/${name}/-/it-${version}.tgz`, integrity: integrity(found.bytes) }
    const versions = { [version]: { ...found.manifest, dist } }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ name, 'dist-tags': { latest: version }, versions }))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url,
    asked,
    env: {
      PATH: process.env['PATH'],
      HOME: cache,
      npm_config_registry: `${url}/`,
      npm_config_cache: join(cache, 'npm'),
      npm_config_fetch_retries: '0',
    },
    integrity: (name) => integrity((tarballs.get(name) as { bytes: Buffer }).bytes),
    refuse: (status) => (refused = status),
  }
}

/** All files of an installed package. */
export function packageFiles(folder: string): PackageFiles {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name)
      return [path.slice(folder.length + 1), readFileSync(path)]
    }),
  )
}

function integrity(bytes: Buffer): string {
  return `sha512-${createHash('sha512').update(bytes).digest('base64')}`
}

/** The tar of a package as npm makes it: every file in a folder `package`. */
function tar(files: PackageFiles): Buffer {
  const blocks = Object.entries(files).flatMap(([name, content]) => {
    const bytes = Buffer.from(content as Uint8Array)
    return [header(`package/${name}`, bytes.length), bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]
  })
  return Buffer.concat([...blocks, Buffer.alloc(1024)])
}

function header(name: string, size: number): Buffer {
  const block = Buffer.alloc(512)
  block.write(name, 0, 100)
  block.write('0000644\0', 100)
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124)
  block.write('00000000000\0', 136)
  block.write('        ', 148)
  block.write('0', 156)
  block.write('ustar\0', 257)
  block.write('00', 263)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}
