export { compileFlow, type CompiledFlow, type CompileOptions } from './compile-flow.ts'
export { packCode, unpackCode, type Code, type CodePackage } from './package/code-package.ts'
export { installExternals, type InstallOptions } from './install/install-externals.ts'
export { materialise, type MaterialiseOptions } from './cache/materialise.ts'
