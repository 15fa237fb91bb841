/**
 * Folders of one package whose source files import each other both ways: neither can be understood, or moved, without the other. A folder is
 * the files that lie in it, without those of its subfolders.
 *
 * @param {readonly { source: string, dependencies: readonly string[] }[]} modules paths from the root of the repository
 * @returns {string[]} one line for each pair, with a file of each direction
 */
export function folderPairs(modules) {
  /** From one folder to another: the first import that was met. @type {Map<string, string>} */
  const imports = new Map()
  for (const { source, dependencies } of modules.filter((module) => isSource(module.source))) {
    for (const target of dependencies.filter((path) => isSource(path) && packageOf(path) === packageOf(source))) {
      const key = `${folderOf(source)} ${folderOf(target)}`
      if (folderOf(source) !== folderOf(target) && !imports.has(key)) imports.set(key, `${source} -> ${target}`)
    }
  }
  return [...imports].flatMap(([key, forth]) => {
    const [from = '', to = ''] = key.split(' ')
    const back = imports.get(`${to} ${from}`)
    return back === undefined || from > to ? [] : [`${from} and ${to} import each other: ${forth}, ${back}`]
  })
}

const isSource = (/** @type {string} */ path) => /^packages\/[^/]+\/src\//.test(path)
const packageOf = (/** @type {string} */ path) => path.split('/')[1]
const folderOf = (/** @type {string} */ path) => path.slice(0, path.lastIndexOf('/'))
