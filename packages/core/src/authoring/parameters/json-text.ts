/** Where a text stops being JSON: the offset of the first character that does not fit, or its length when it ends early. */
export function jsonBreak(text: string): number {
  const end = scanValue(text, skip(text, 0))
  return end < 0 ? -end - 1 : skip(text, end)
}

// The scanners answer the offset behind what they read, or -1 - offset of the character that does not fit.
const broken = (at: number): number => -1 - at

function scanValue(text: string, at: number): number {
  const char = text[at]
  if (char === '{') return scanList(text, at, '}', true)
  if (char === '[') return scanList(text, at, ']', false)
  if (char === '"') return scanString(text, at)
  const literal = matchAt(/true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y, text, at)
  return literal === 0 ? broken(at) : at + literal
}

function scanList(text: string, open: number, close: string, keyed: boolean): number {
  let at = skip(text, open + 1)
  if (text[at] === close) return at + 1
  for (;;) {
    if (keyed) {
      const key = text[at] === '"' ? scanString(text, at) : broken(at)
      if (key < 0) return key
      at = skip(text, key)
      if (text[at] !== ':') return broken(at)
      at = skip(text, at + 1)
    }
    const end = scanValue(text, at)
    if (end < 0) return end
    at = skip(text, end)
    if (text[at] === close) return at + 1
    if (text[at] !== ',') return broken(at)
    at = skip(text, at + 1)
  }
}

function scanString(text: string, open: number): number {
  const body = /(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*/y
  const at = open + 1 + matchAt(body, text, open + 1)
  return text[at] === '"' ? at + 1 : broken(at)
}

/** How many characters a sticky pattern matches at an offset. */
function matchAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0].length ?? 0
}

function skip(text: string, from: number): number {
  let at = from
  while (' \t\n\r'.includes(text[at] ?? 'x')) at++
  return at
}

/** For people: `at line 1, column 2, before "bad"`. */
export function describeBreak(text: string): string {
  const at = jsonBreak(text)
  const before = text.slice(0, at).split('\n')
  const place = `at line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`
  return at >= text.length
    ? `${place}, where the text ends`
    : `${place}, before ${JSON.stringify(text.slice(at, at + 12))}`
}
