import { expect, test } from 'vitest'
import * as api from '../src/index.ts'

test('what the package exports', () => {
  expect(Object.keys(api).sort()).toEqual([
    'Artifact',
    'Client',
    'Flow',
    'FlowSpec',
    'IncludeFile',
    'Parameter',
    'Run',
    'Step',
    'Task',
    'catchError',
    'concurrent',
    'configureClient',
    'current',
    'environment',
    'getNamespace',
    'listFlows',
    'registerSerializer',
    'resources',
    'retry',
    'serializable',
    'setNamespace',
    'step',
    'timeout',
  ])
})
