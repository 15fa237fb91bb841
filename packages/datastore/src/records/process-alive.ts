/** Whether a process of this machine lives, whoever owns it: run records name the one that goes on with the run. */
export function processIsAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Somebody else's process lives, too.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
