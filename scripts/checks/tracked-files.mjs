import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../run-command.mjs'

/**
 * What may stand in no file of the repository; examples may name the made-up users ada, me and you. Every pattern is
 * written so that it does not find itself.
 */
const UNWANTED = [
  { pattern: /(?<![\w.])\/(?:home|Users|root)\/(?!ada\b|me\b|you\b)[\w.-]+/, what: 'a path of one machine' },
  { pattern: /(?<![\w.])\/work\/(?:main|shared)\b/, what: 'a path of one machine' },
  { pattern: /[A-Za-z]:\\Users\\/, what: 'a path of one machine' },
  { pattern: /"resolved": "https?:/, what: 'the address of a package registry' },
  {
    pattern: /\b(?:registry|artifactory|nexus)\.(?!npmjs\.org\b)[a-z0-9-]+\.[a-z]{2,}/,
    what: 'the address of a package registry',
  },
  { pattern: /\b(?:it|test|describe|suite|bench)(?:\.\w+)*\.only\b/, what: 'a test that switches the others off' },
  { pattern: /\b(?:TO[D]O|FIX[M]E|X[X]X)\b/, what: 'a note about unfinished work' },
  { pattern: /^(?:<{7}|>{7}) /m, what: 'a merge conflict' },
]

const BINARY = /\.(?:png|jpe?g|gif|ico|gz|tgz|zip|bin|woff2?)$/

/** Paths of all files in git, without those that the work tree has already lost. */
export function trackedFiles() {
  const output = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' })
  return output.split('\0').filter((path) => path !== '' && existsSync(join(ROOT, path)))
}

/** @returns {string[]} where unwanted text stands */
export function checkTrackedFiles() {
  return trackedFiles()
    .filter((path) => !BINARY.test(path))
    .flatMap((path) => unwantedIn(readFileSync(join(ROOT, path), 'utf8')).map((problem) => `${path}:${problem}`))
}

/**
 * @param {string} text
 * @returns {string[]} `line: what` for every pattern that occurs
 */
export function unwantedIn(text) {
  return UNWANTED.flatMap(({ pattern, what }) => {
    const match = pattern.exec(text)
    if (match === null) return []
    return [`${text.slice(0, match.index).split('\n').length}: ${what} (${match[0].trim()})`]
  })
}
