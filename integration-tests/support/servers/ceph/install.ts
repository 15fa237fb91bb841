import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const PROGRAMS = ['ceph-mon', 'ceph-osd', 'radosgw', 'radosgw-admin', 'ceph', 'ceph-authtool', 'monmaptool']
const PACKAGES = ['radosgw', 'ceph-mon', 'ceph-osd', 'ceph-common']
const OPTIONS = ['-y', '-qq', '-o', 'DPkg::Lock::Timeout=300', '--no-install-recommends']
const PATIENCE_MS = 400_000

/** Installs what is missing where that can be done: on Debian, as root. Gives what a person has to do elsewhere. */
export function whatToInstall(): string | undefined {
  if (missing().length === 0) return undefined
  const command = `apt-get install --no-install-recommends ${PACKAGES.join(' ')}`
  if (process.getuid?.() === 0 && isProgram('apt-get')) {
    const installed = aptGet('install', ...PACKAGES) || (aptGet('update') && aptGet('install', ...PACKAGES))
    if (installed && missing().length === 0) return undefined
  }
  return `S3 tests need a Ceph gateway (${missing().join(', ')} not found): ${command}, or set FLOWCTL_TEST_S3`
}

function missing(): string[] {
  return PROGRAMS.filter((name) => !isProgram(name))
}

function isProgram(name: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

function aptGet(action: 'install' | 'update', ...words: string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return (
    spawnSync('apt-get', [...OPTIONS, action, ...words], { stdio: 'ignore', timeout: PATIENCE_MS, env }).status === 0
  )
}
