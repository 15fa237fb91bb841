import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Type-checks the files as a project with `experimentalDecorators` would. */
function diagnosticsOf(files: readonly string[]): string[] {
  const config = ts.getParsedCommandLineOfConfigFile(
    file('../../../../tsconfig.test.json'),
    { experimentalDecorators: true, incremental: false },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (problem) => expect.fail(String(problem.messageText)) },
  )!
  const program = ts.createProgram(files, config.options)
  return files
    .flatMap((name) => program.getSemanticDiagnostics(program.getSourceFile(name)))
    .map((problem) => {
      const { line } = problem.file!.getLineAndCharacterOfPosition(problem.start!)
      return `${line + 1}: ${ts.flattenDiagnosticMessageText(problem.messageText, '\n')}`
    })
}

test('the type tests of decorators and transitions hold in the legacy dialect too', () => {
  expect(diagnosticsOf([file('./decorators.test-d.ts'), file('./transitions.test-d.ts')])).toEqual([])
})
