import { existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'

import { flowError } from '@flowctl/core'

import { nodeModulesAbove } from './installed-packages.ts'
import { declaredAbove, type Declared } from './declared.ts'
import { NpmPackages } from './npm-packages.ts'
import { pin, type Pinned } from './pin.ts'

export interface ChosenPackages {
  readonly project: string
  readonly declared: Declared
  readonly packages: NpmPackages
}

/** To be given to the bundler, which finds out the rest. */
export function choosePackages(project: string): ChosenPackages {
  const declared = declaredAbove(project)
  return { project, declared, packages: new NpmPackages(declared.external) }
}

/**
 * What the finished bundle imports, and what is declared: code may load that in ways that cannot be seen. Throws EXTERNAL_*.
 */
export function pinPackages({ project, declared, packages }: ChosenPackages): Pinned {
  const externals = [...packages.externals()]
  for (const name of declared.external) {
    if (externals.some((one) => one.name === name)) continue
    const folder = nodeModulesAbove(project)
      .map((modules) => join(modules, name))
      .find((one) => existsSync(join(one, 'package.json')))
    if (folder === undefined) throw flowError('EXTERNAL_NOT_INSTALLED', { name })
    externals.push({ name, folders: [realpathSync(folder)], why: 'package.json declares it' })
  }
  return pin(externals, declared.installScripts)
}
