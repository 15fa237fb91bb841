const CR = 13

/** Cuts a stream of the Redis protocol into its frames: commands one way, replies the other. */
export class RespFrames {
  #rest: Buffer = Buffer.alloc(0)

  /** The frames that are whole now, in order, each with the bytes it is made of. */
  push(chunk: Buffer): Buffer[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const frames: Buffer[] = []
    let from = 0
    for (;;) {
      const to = endOfFrame(bytes, from)
      if (to === undefined) break
      frames.push(bytes.subarray(from, to))
      from = to
    }
    this.#rest = Buffer.from(bytes.subarray(from))
    return frames
  }
}

/** The words of a command, each cut to 200 characters. */
export function wordsOf(command: Buffer): string[] {
  const words: string[] = []
  let at = command.indexOf('\r\n') + 2
  while (at < command.length) {
    const line = command.indexOf('\r\n', at)
    const length = Number(command.toString('latin1', at + 1, line))
    words.push(command.toString('utf8', line + 2, line + 2 + Math.min(length, 200)))
    at = line + 2 + length + 2
  }
  return words
}

/** Where the frame that begins at `from` ends; `undefined` while it is not whole. */
function endOfFrame(bytes: Buffer, from: number): number | undefined {
  let at = from
  let open = 1
  while (open > 0) {
    const line = bytes.indexOf(CR, at)
    if (line < 0 || line + 1 >= bytes.length) return undefined
    const kind = String.fromCharCode(bytes[at] as number)
    const count = Number(bytes.toString('latin1', at + 1, line))
    at = line + 2
    open -= 1
    if ('$=!'.includes(kind) && count >= 0) at += count + 2
    if (at > bytes.length) return undefined
    if ('*~>'.includes(kind) && count > 0) open += count
    if (kind === '%') open += 2 * count
  }
  return at
}
