/**
 * Which package may import which: each one only those after its colon. Import cycles between packages cannot exist then.
 */
const MAY_IMPORT = {
  basics: [],
  core: [],
  compiler: ['core'],
  datastore: ['core'],
  client: ['core', 'datastore'],
  runtime: ['core', 'datastore'],
  engine: ['core', 'datastore', 'runtime'],
  queue: ['core', 'datastore', 'runtime', 'engine'],
  runs: ['core', 'compiler', 'datastore', 'client', 'engine'],
  present: ['core', 'engine'],
  services: ['core', 'compiler', 'datastore', 'queue'],
  cli: ['core', 'compiler', 'datastore', 'client', 'engine', 'queue', 'runs', 'present', 'services'],
}

/** What the `exports` of the packages name: all that other packages can import. */
const PUBLIC_FILES = '^packages/[^/]+/src/(index|testing)\\.ts$'

const npmPackage = (/** @type {string} */ names) => `(^|node_modules/)(${names})(/|$)`

/** Small tools that know nothing of flows: every package but core may import them. */
const EVERYBODY_MAY_IMPORT = ['basics']

const direction = Object.entries(MAY_IMPORT).map(([name, others]) => {
  const allowed = ['basics', 'core'].includes(name) ? others : [...EVERYBODY_MAY_IMPORT, ...others]
  return directionOf(name, allowed)
})

/**
 * @param {string} name
 * @param {readonly string[]} allowed
 */
function directionOf(name, allowed) {
  return {
    name: `direction-${name}`,
    comment: `${name} may import ${allowed.length === 0 ? 'no other package' : allowed.join(', ')}`,
    severity: 'error',
    from: { path: `^packages/${name}/src/` },
    to: { path: '^packages/', pathNot: `^packages/(${[name, ...allowed].join('|')})/` },
  }
}

const forbidden = [
  {
    name: 'no-cycle',
    comment: 'Move what both files need into a third one',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
  {
    name: 'no-unresolvable',
    comment: 'The imported file or package does not exist',
    severity: 'error',
    from: { pathNot: '/fixtures/' },
    to: { couldNotResolve: true },
  },
  ...direction,
  {
    name: 'no-deep-import',
    comment: 'Packages meet at their public file only; tests may share what they are made with',
    severity: 'error',
    from: { path: '^(packages/[^/]+|examples|benchmarks|docs|integration-tests)/' },
    to: {
      path: '^packages/[^/]+/',
      pathNot: ['^$1/', PUBLIC_FILES, '^packages/[^/]+/tests/'],
    },
  },
  {
    name: 'core-is-pure',
    comment: 'core does no I/O: no node:* modules and no npm packages',
    severity: 'error',
    from: { path: '^packages/core/src/' },
    to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'] },
  },
  {
    name: 'planning-is-pure',
    comment: 'Planning decides from the graph and the records alone',
    severity: 'error',
    from: { path: '^packages/core/src/plan/' },
    to: { pathNot: '^packages/core/src/(plan|graph|ids|records|errors)/' },
  },
  {
    name: 'bullmq-in-its-package',
    comment: 'Only the queue, and what it is compared with, knows BullMQ and Redis',
    severity: 'error',
    from: { pathNot: '^packages/queue/|^(integration-tests|benchmarks)/' },
    to: { path: npmPackage('bullmq|ioredis') },
  },
  {
    name: 'service-packages-in-services',
    comment: 'Only the services write logs of their own, serve metrics and read configuration files',
    severity: 'error',
    from: { pathNot: '^packages/services/' },
    to: { path: npmPackage('pino|prom-client|confbox|jiti|hono|@hono') },
  },
  {
    name: 'aws-in-the-s3-store',
    comment: 'Only the S3 store, and what it is compared with, knows the AWS SDK',
    severity: 'error',
    from: {
      pathNot: '^packages/datastore/(src|tests)/stores/s3|^(integration-tests)/|^benchmarks/src/array-s3\\.',
    },
    to: { path: npmPackage('@aws-sdk|@smithy') },
  },
  {
    name: 'source-without-tests',
    comment: 'Source reaches neither tests nor packages that only developers install',
    severity: 'error',
    from: { path: '^packages/[^/]+/src/' },
    to: { path: '/tests/|^(examples|benchmarks|scripts|docs|integration-tests)/' },
  },
  {
    name: 'no-dev-dependency',
    comment: 'List it under dependencies of the package that imports it; the published package bundles what it imports',
    severity: 'error',
    from: { path: '^packages/[^/]+/src/', pathNot: '^packages/cli/src/' },
    to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
  },
]

/** @type {import('dependency-cruiser').IConfiguration} */
const configuration = {
  forbidden: /** @type {import('dependency-cruiser').IForbiddenRuleType[]} */ (forbidden),
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^packages/[^/]+/dist/|(^|/)\\.flowctl/' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@flowctl/source', 'import', 'node', 'types', 'default'],
      extensions: ['.ts', '.mjs', '.js', '.json'],
    },
  },
}

export default configuration
