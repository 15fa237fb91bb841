/** Whether a process of this id exists. One that has ended, but that its parent has not asked about yet, counts too. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
