import { entry } from './define/entry.ts'

/** A flow file that cannot be read, bundled or loaded. */
export const compilerErrors = {
  FLOW_FILE_NOT_FOUND: entry<{ file: string; similar?: string }>({
    exit: 2,
    when: 'The flow file named does not exist.',
    message: (d) => `There is no file '${d.file}'.`,
    fix: (d) => (d.similar === undefined ? 'Check the path.' : `Did you mean '${d.similar}'?`),
  }),
  FLOW_FILE_IS_FOLDER: entry<{ file: string; candidates: readonly string[] }>({
    exit: 2,
    when: 'A folder was given where a flow file is needed.',
    message: (d) => `'${d.file}' is a folder; a flow is a single file.`,
    fix: (d) =>
      d.candidates.length === 0
        ? 'Name the file that holds the flow.'
        : `Name one of its files: ${d.candidates.join(', ')}.`,
  }),
  FLOW_FILE_UNREADABLE: entry<{ file: string; reason: string }>({
    exit: 2,
    when: 'The flow file exists but cannot be read.',
    message: (d) => `'${d.file}' cannot be read: ${d.reason}.`,
    fix: () => 'Check its permissions.',
  }),
  FLOW_FILE_KIND: entry<{ file: string; allowed: readonly string[] }>({
    exit: 2,
    when: 'The file given is neither TypeScript nor JavaScript.',
    message: (d) => `'${d.file}' is not a TypeScript or JavaScript file.`,
    fix: (d) => `A flow file ends in one of ${d.allowed.join(', ')}.`,
  }),
  SOURCE_SYNTAX: entry<{ problem: string; note?: string }>({
    exit: 2,
    when: 'A source file of the flow does not parse, or cannot be bundled.',
    message: (d) => d.problem,
    fix: (d) => d.note ?? 'Correct the source at this place.',
  }),
  IMPORT_NOT_FOUND: entry<{ specifier: string; relative: boolean }>({
    exit: 2,
    when: 'A file or package that the flow imports cannot be found.',
    message: (d) => `Cannot find ${d.relative ? 'the file' : 'the package'} '${d.specifier}' imported here.`,
    fix: (d) =>
      d.relative
        ? 'Check the path: it is relative to the importing file.'
        : `Install it in the flow's project: npm install ${packageOf(d.specifier)}`,
  }),
  FLOWCTL_EXPORT_UNKNOWN: entry<{ name: string; nearest?: string; names: readonly string[] }>({
    exit: 2,
    when: 'The flow imports a name from flowctl that flowctl does not export.',
    message: (d) => `flowctl has no export named '${d.name}'.`,
    fix: (d) => (d.nearest === undefined ? `It exports ${d.names.join(', ')}.` : `Did you mean '${d.nearest}'?`),
  }),
  FLOW_FILE_WITHOUT_FLOW: entry<{ file: string; unexported: readonly string[] }>({
    exit: 2,
    when: 'The file exports no class that extends FlowSpec.',
    message: (d) => {
      if (d.unexported.length === 0) return `'${d.file}' holds no flow: it exports no class that extends FlowSpec.`
      const plural = d.unexported.length > 1
      return `'${d.file}' exports no flow: its class${plural ? 'es' : ''} ${d.unexported.join(', ')} ${plural ? 'are' : 'is'} not exported.`
    },
    fix: (d) => `Write 'export default class ${d.unexported[0] ?? 'MyFlow'} extends FlowSpec { ... }'.`,
  }),
  FLOW_FILE_SEVERAL_FLOWS: entry<{ file: string; names: readonly string[] }>({
    exit: 2,
    when: 'The file exports several flows and none of them is the default export.',
    message: (d) => `'${d.file}' exports ${d.names.length} flows: ${d.names.join(', ')}.`,
    fix: () => 'Make the one to run the default export, or give each flow a file of its own.',
  }),
  FLOW_CLASS_UNNAMED: entry<Record<string, never>>({
    exit: 2,
    when: 'The flow class has no name.',
    message: () => 'The flow class has no name, and a flow is known by the name of its class.',
    fix: () => "Give the class a name: 'export default class MyFlow extends FlowSpec'.",
  }),
  FLOW_CLASS_NOT_FLOWSPEC: entry<{ name: string; base?: string }>({
    exit: 2,
    when: 'The class that the file exports by default does not extend FlowSpec.',
    message: (d) =>
      d.base === undefined
        ? `The class ${d.name} does not extend FlowSpec.`
        : `The class ${d.name} does not extend FlowSpec: its base class ${d.base} does not.`,
    fix: (d) => `Write 'class ${d.base ?? d.name} extends FlowSpec', with FlowSpec imported from 'flowctl'.`,
  }),
  FLOW_DEFAULT_NOT_CLASS: entry<{ file: string }>({
    exit: 2,
    when: 'The default export of the flow file is something other than a class.',
    message: (d) => `The default export of '${d.file}' is not a class that can be read from the source.`,
    fix: () => "Export the flow class itself: 'export default class MyFlow extends FlowSpec'.",
  }),
  FLOW_BASE_UNREADABLE: entry<{ name: string; base: string }>({
    exit: 2,
    when: 'The base class of a flow is computed, or not defined where its source can be followed.',
    message: (d) => `The base class of ${d.name}, '${d.base}', cannot be read from the source.`,
    fix: () => 'Extend FlowSpec, or a class that is defined in or imported from one of your own files.',
  }),
  FLOW_BASE_IN_PACKAGE: entry<{ name: string; base: string; package: string }>({
    exit: 2,
    when: 'The base class of a flow comes from an npm package.',
    message: (d) => `${d.name} extends ${d.base} of the package '${d.package}', whose source is not part of the flow.`,
    fix: () => 'Extend FlowSpec, or a class in your own files; call the package from your steps.',
  }),
  EXTERNAL_DECLARATION_INVALID: entry<{ file: string; reason: string }>({
    exit: 2,
    when: 'The field `flowctl` of a package.json cannot be read.',
    message: (d) => `${d.file} cannot be used: ${d.reason}.`,
    fix: () => 'Write for example: "flowctl": { "external": ["sharp"], "installScripts": ["better-sqlite3"] }.',
  }),
  EXTERNAL_NOT_INSTALLED: entry<{ name: string }>({
    exit: 2,
    when: 'A package that is to stay outside the code package is not installed, so its version is not known.',
    message: (d) => `The package '${d.name}' is declared external, but it is not installed.`,
    fix: (d) =>
      `Install it in the flow's project (npm install ${d.name}), or take it out of "flowctl" in package.json.`,
  }),
  EXTERNAL_NOT_PUBLISHED: entry<{ name: string; from: string }>({
    exit: 2,
    when: 'A package that is to stay outside the code package is a local file or folder, which workers do not have.',
    message: (d) => `The package '${d.name}' comes from ${d.from}, which workers do not have.`,
    fix: () => 'Take it from a registry or a git repository, or make it a package that can be bundled.',
  }),
  EXTERNAL_TWO_VERSIONS: entry<{ name: string; versions: readonly string[] }>({
    exit: 2,
    when: 'Code in the bundle needs two versions of a package that cannot be bundled.',
    message: (d) => `The flow needs ${d.versions.join(' and ')} of '${d.name}', which cannot be bundled.`,
    fix: (d) =>
      `Bring the project to one version (npm dedupe), or declare the package that brings the other one external too ('npm ls ${d.name}' shows which).`,
  }),
  EXTERNAL_LOCK_STALE: entry<{ name: string; installed: string; locked: string; lockFile: string }>({
    exit: 2,
    when: 'The installed version of a package that workers are to install is not that of the lock file.',
    message: (d) => `'${d.name}' is installed as ${d.installed}, but ${d.lockFile} says ${d.locked}.`,
    fix: () => "Run 'npm install' in the project, so that both say the same.",
  }),
  EXTERNALS_NPM_MISSING: entry<{ npm: string; packages: readonly string[]; reason: string }>({
    exit: 1,
    when: 'A worker cannot start npm to install the packages of a flow that are not in its code package.',
    message: (d) => `${d.packages.join(', ')} cannot be installed: ${d.npm} does not start (${d.reason}).`,
    fix: () => "Install npm on the worker's machine (it comes with Node.js), and see that it is in the PATH.",
  }),
  EXTERNALS_NOT_INSTALLED: entry<{ packages: readonly string[]; problem: string; fix: string }>({
    exit: 1,
    when: 'npm could not install the packages of a flow that are not in its code package.',
    message: (d) => `npm could not install ${d.packages.join(', ')}: ${d.problem}`,
    fix: (d) => d.fix,
  }),
  CODE_PACKAGE_DAMAGED: entry<{ reason: string }>({
    exit: 1,
    when: 'The bytes of a code package are not what this version of flowctl wrote.',
    message: (d) => `The code package cannot be unpacked: ${d.reason}.`,
    fix: () => 'Run the flow again from its source; if it was written by a newer flowctl, upgrade.',
  }),
} as const

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}
