import { join } from 'node:path'

export interface CephPlace {
  /** All of it is below this folder. */
  readonly folder: string
  readonly monitorPort: number
  readonly gatewayPort: number
}

export const configFile = ({ folder }: CephPlace): string => join(folder, 'ceph.conf')
export const keyringFile = ({ folder }: CephPlace): string => join(folder, 'keyring')

/** One monitor, one store in memory without copies, one gateway; all of it on loopback. */
export function configuration(place: CephPlace, fsid: string): string {
  const { folder, gatewayPort } = place
  return `[global]
fsid = ${fsid}
mon host = ${monitorAddress(place)}
public network = 127.0.0.0/8
keyring = ${keyringFile(place)}
mon data = ${join(folder, 'mon')}
osd data = ${join(folder, 'osd')}
run dir = ${join(folder, 'run')}
admin socket = ${join(folder, 'run', '$name.asok')}
pid file = ${join(folder, 'run', '$name.pid')}
log file = ${join(folder, '$name.log')}
log to stderr = false
err to stderr = false
auth allow insecure global id reclaim = false
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon data avail crit = 1
mon data avail warn = 1
mon osd min down reporters = 1
paxos propose interval = 0.05
ms bind msgr2 = true
[osd]
osd objectstore = memstore
memstore device bytes = 4294967296
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:${gatewayPort} tcp_nodelay=1
rgw thread pool size = 64
`
}

/** Both protocols of the monitor: the newer one on the port before the older one's. */
export function monitorAddress({ monitorPort }: CephPlace): string {
  return `[v2:127.0.0.1:${monitorPort},v1:127.0.0.1:${monitorPort + 1}]`
}

/** Who may do what: daemons find their keys in one keyring. */
export const KEYS: Readonly<Record<string, readonly string[]>> = {
  'mon.': ['mon', 'allow *'],
  'client.admin': ['mon', 'allow *', 'osd', 'allow *', 'mgr', 'allow *', 'mds', 'allow *'],
  'osd.0': ['mon', 'allow profile osd', 'mgr', 'allow profile osd', 'osd', 'allow *'],
  'client.rgw': ['mon', 'allow rw', 'osd', 'allow rwx', 'mgr', 'allow rw'],
}
