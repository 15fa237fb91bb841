import { styleText } from 'node:util'
import type { Output } from '../context/context.ts'

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan' | 'magenta'
export type Paint = (style: Style, text: string) => string

export const noPaint: Paint = (_style, text) => text
const ansiPaint: Paint = (style, text) => styleText(style, text, { validateStream: false })

/** Colours for a terminal, none for a pipe, a dumb terminal or where `NO_COLOR` is set. */
export function paintFor(output: Output, environment: Readonly<Record<string, string | undefined>>): Paint {
  const refused = (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb'
  return output.isTTY === true && !refused ? ansiPaint : noPaint
}
