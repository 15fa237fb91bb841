const REPLACEMENT = '***'
/** Shorter secrets would black out half of a log. */
const SHORTEST_SECRET = 6

/** Variables of the environment whose values never stand in a log. */
const SECRET_VARIABLE = /(?:SECRET|PASSWORD|PASSWD|TOKEN|PRIVATE_KEY|CREDENTIAL)/i
const URL_PASSWORD = /([a-z][a-z0-9+.-]*:\/\/[^\s:@/"']*):[^\s@"'/?#]+@/gi
const AWS_KEY_ID = /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g
const NAMED_SECRET =
  /("(?:password|passwd|secret|secretAccessKey|sessionToken|authorization|token)":)"(?:[^"\\]|\\.)*"/gi

/**
 * What takes secrets out of a line of a log: passwords in URLs, AWS keys, values under names such as `password`, and whatever stands
 * in the environment's secret variables and in the passwords of its URLs, wherever it turns up.
 */
export function redactor(environment: Readonly<Record<string, string | undefined>>): (line: string) => string {
  const known = secretsOf(environment)
  const exact = known.length === 0 ? undefined : new RegExp(known.map(escaped).join('|'), 'g')
  return (line) => {
    const plain = line
      .replace(URL_PASSWORD, `$1:${REPLACEMENT}@`)
      .replace(AWS_KEY_ID, REPLACEMENT)
      .replace(NAMED_SECRET, `$1"${REPLACEMENT}"`)
    return exact === undefined ? plain : plain.replace(exact, REPLACEMENT)
  }
}

/** As they are, and as they stand in JSON and in URLs; the longest first, for one may be part of another. */
function secretsOf(environment: Readonly<Record<string, string | undefined>>): string[] {
  const values = Object.entries(environment).flatMap(([name, value = '']) => {
    const password = /^[a-z][a-z0-9+.-]*:\/\/[^\s:@/]*:([^\s@]+)@/i.exec(value)?.[1]
    const found = password === undefined ? [] : [password, decoded(password)]
    return SECRET_VARIABLE.test(name) ? [...found, value] : found
  })
  const secrets = values.filter((value) => value.length >= SHORTEST_SECRET)
  const forms = secrets.flatMap((value) => [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)])
  return [...new Set(forms)].toSorted((a, b) => b.length - a.length)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
