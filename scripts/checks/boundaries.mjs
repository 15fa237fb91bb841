import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { cruise } from 'dependency-cruiser'
import configuration from '../../.dependency-cruiser.mjs'
import { ROOT } from '../run-command.mjs'
import { folderPairs } from './folder-pairs.mjs'
import { PLANTED } from './planted-violations.mjs'

/**
 * Checks who imports whom (.dependency-cruiser.mjs). A checker that reads no file, or whose rules match nothing, reports
 * no violation either, so first every rule has to find the violations planted for it.
 *
 * @returns {Promise<string[]>} what is wrong
 */
export async function checkBoundaries() {
  const problems = [...packagesWithoutDirection(), ...(await plantedViolations())]
  const { modules, violations } = await cruised(
    ['packages', 'examples', 'benchmarks', 'docs', 'integration-tests'],
    ROOT,
  )
  const sources = modules.filter(({ source }) => /^packages\/[^/]+\/src\//.test(source)).length
  if (sources < 20) problems.push(`only ${sources} source files were read`)
  problems.push(...folderPairs(modules))
  return [...problems, ...violations.map(({ rule, from, to, comment }) => `${from} -> ${to}: ${rule} (${comment})`)]
}

/** A new package has to say what it may import. */
function packagesWithoutDirection() {
  const rules = new Set((configuration.forbidden ?? []).map(({ name }) => name))
  return readdirSync(join(ROOT, 'packages'))
    .filter((name) => existsSync(join(ROOT, 'packages', name, 'package.json')) && !rules.has(`direction-${name}`))
    .map((name) => `packages/${name} is missing from MAY_IMPORT in .dependency-cruiser.mjs`)
}

/** Lays out a small repository that breaks every rule, and says which rules did not notice. */
async function plantedViolations() {
  const folder = mkdtempSync(join(tmpdir(), 'flowctl-boundaries-'))
  try {
    for (const [path, text] of Object.entries(PLANTED.files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    const { modules, violations } = await cruised(['packages'], folder)
    const found = new Set(violations.map(({ rule, from }) => `${rule} ${from}`))
    const wanted = new Set(
      Object.entries(PLANTED.violations).flatMap(([rule, files]) => files.map((file) => `${rule} ${file}`)),
    )
    const untested = (configuration.forbidden ?? [])
      .map(({ name }) => name)
      .filter((name) => (PLANTED.violations[`${name}`] ?? []).length === 0)
    const pairs = folderPairs(modules)
    return [
      ...(pairs.length === 1 && pairs[0]?.startsWith(PLANTED.folderPair)
        ? []
        : [`of folders that import each other, this was found and not the planted pair: ${pairs.join(', ')}`]),
      ...untested.map((name) => `the rule ${name} has no planted violation`),
      ...[...wanted].filter((key) => !found.has(key)).map((key) => `a planted violation was not found: ${key}`),
      ...[...found].filter((key) => !wanted.has(key)).map((key) => `found where nothing was planted: ${key}`),
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * @param {string[]} folders
 * @param {string} baseDir
 */
async function cruised(folders, baseDir) {
  const { options, forbidden } = configuration
  const { enhancedResolveOptions, ...cruiseOptions } = options ?? {}
  const { output } = await cruise(
    folders,
    { ...cruiseOptions, validate: true, ruleSet: { forbidden: forbidden ?? [] }, baseDir },
    enhancedResolveOptions,
  )
  if (typeof output === 'string') throw new Error('dependency-cruiser answered with text')
  const comments = new Map((forbidden ?? []).map(({ name, comment }) => [name, comment]))
  return {
    modules: output.modules.map(({ source, dependencies }) => ({
      source,
      dependencies: dependencies.map(({ resolved }) => resolved),
    })),
    violations: output.summary.violations.map(({ rule, from, to }) => ({
      rule: rule.name,
      from,
      to,
      comment: comments.get(rule.name),
    })),
  }
}
