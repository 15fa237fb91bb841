import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'

/** Replaces a file in one step: a reader sees the old or the new one, never half of it. */
export async function writeFileAtomically(path: string, content: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const temporary = temporaryName(path)
  await writeFile(temporary, content)
  try {
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    // Windows refuses while another process has the file open; what it wrote is as good.
    if (!existsSync(path)) throw error
  }
}

/** Makes a folder appear complete or not at all. Whoever comes second keeps the first one's. */
export async function makeFolderAtomically(path: string, fill: (folder: string) => Promise<void>): Promise<void> {
  const temporary = temporaryName(path)
  await mkdir(temporary, { recursive: true })
  try {
    await fill(temporary)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    if (!existsSync(path)) throw error
  }
}

function temporaryName(path: string): string {
  return `${path}.${randomUUID()}.tmp`
}
