import { flowError } from '@flowctl/core'

const MOST_TAGS = 50
const LONGEST_TAG = 500

/** Throws TAG_INVALID for the first tag that cannot be one, TAG_LIMIT for too many. For tags that a run is started with, too. */
export function checkTags(tags: readonly string[], run = 'The run'): void {
  for (const tag of tags) {
    const why = problemOf(tag)
    if (why !== undefined) throw flowError('TAG_INVALID', { tag, why })
  }
  const count = new Set(tags).size
  if (count > MOST_TAGS) throw flowError('TAG_LIMIT', { run, count, most: MOST_TAGS })
}

export interface TagChange {
  readonly add?: Iterable<string>
  readonly remove?: Iterable<string>
}

/** The user's tags after a change. */
export function changedTags(
  run: string,
  current: { readonly userTags: readonly string[]; readonly systemTags: readonly string[] },
  change: TagChange,
): readonly string[] {
  const remove = new Set(change.remove)
  const system = [...remove].find((tag) => current.systemTags.includes(tag))
  if (system !== undefined) throw flowError('TAG_IMMUTABLE', { run, tag: system, tags: current.userTags })
  const add = [...(change.add ?? [])]
  checkTags(add, run)
  const kept = current.userTags.filter((tag) => !remove.has(tag))
  const tags = [...new Set([...kept, ...add.filter((tag) => !current.systemTags.includes(tag))])]
  // A run that has too many already can lose some.
  if (tags.length > MOST_TAGS && tags.length > current.userTags.length) {
    throw flowError('TAG_LIMIT', { run, count: tags.length, most: MOST_TAGS })
  }
  return tags
}

function problemOf(tag: string): string | undefined {
  if (typeof tag !== 'string') return 'it is not a text'
  if (tag.trim() === '') return 'it is empty'
  if (tag.length > LONGEST_TAG) return `it has ${tag.length} characters, ${LONGEST_TAG} are allowed`
  return /\p{Cc}/u.test(tag) ? 'it holds a line break or another control character' : undefined
}
