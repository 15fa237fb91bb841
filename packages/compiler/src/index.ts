export { compileFlow, type CompiledFlow, type CompileOptions } from './compile-flow.ts'
export { packCode, unpackCode, type Code, type CodePackage } from './package/code-package.ts'
export { materialise, type MaterialiseOptions } from './package/materialise.ts'
