import { spawnSync } from 'node:child_process'
import { readdirSync, statSync, truncateSync } from 'node:fs'

/*
 * What a machine has done in the minutes before makes writing a file several times slower or faster. Rows that compare files with files
 * call both before each side's clock, so that neither pays for the other, or for the run before.
 */

/**
 * Empties all files in a folder. Not removed: ext4 goes around the inodes of files that were removed in the last minutes, one by one, for every
 * file that is made.
 *
 * @param {string} folder
 */
export function emptyFiles(folder) {
  for (const { name, parentPath } of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = `${parentPath}/${name}`
    if (statSync(path).isFile()) truncateSync(path)
  }
}

/**
 * Waits until what was written is on the disk, and touches as much memory as is going to be used: a virtual machine gives back what is
 * free, and gets it again page by page.
 *
 * @param {number} bytes
 */
export function levelGround(bytes) {
  spawnSync('sync')
  spawnSync(process.execPath, ['-e', `Buffer.alloc(${bytes}, 1)`])
}
