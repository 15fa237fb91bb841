import { entry } from './define/entry.ts'

/** Values that cannot be stored, loaded or merged. */
export const artifactErrors = {
  ARTIFACT_NOT_STORABLE: entry<{ path: string; kind: string }>({
    exit: 1,
    when: 'An artifact holds something that lives only in its process: a function, a symbol, a promise, a stream...',
    message: (d) => `${d.path} is ${d.kind}, which cannot be stored`,
    fix: (d) =>
      d.kind === 'a promise'
        ? `Await it before it becomes part of an artifact.`
        : d.kind.includes('iterator') || d.kind.includes('generator')
          ? `Store what it yields instead: [...values].`
          : `Store plain data instead, or keep it in a local variable: only what is assigned to \`this\` is stored.`,
  }),
  ARTIFACT_CLASS_UNREGISTERED: entry<{ path: string; className: string }>({
    exit: 1,
    when: 'An artifact holds an instance of a class that is not registered, so it would not come back as an instance.',
    message: (d) => `${d.path} is an instance of ${d.className}, a class that flowctl does not know how to store`,
    fix: (d) =>
      `Put @serializable on class ${d.className}; for a class that is not yours, call ` +
      `registerSerializer(${d.className}, { write, read }); or store plain data.`,
  }),
  ARTIFACT_CLASS_PRIVATE: entry<{ className: string; field: string }>({
    exit: 2,
    when: 'A class with #private fields is registered without write and read, which could not see these fields.',
    message: (d) => `@serializable on ${d.className}: its private field ${d.field} cannot be stored from outside`,
    fix: (d) =>
      `Give @serializable({ write, read }) with functions that turn a ${d.className} into plain data and back, or make the ` +
      'field an ordinary one (TypeScript `private` is).',
  }),
  ARTIFACT_CLASS_NAMELESS: entry<object>({
    exit: 2,
    when: 'A class without a name is registered.',
    message: () => 'A class without a name cannot be registered: stored values tell classes by their names',
    fix: () => "Give it a name: @serializable({ name: 'Model' }), or `name` in the options of registerSerializer.",
  }),
  ARTIFACT_CLASS_HALF: entry<{ className: string }>({
    exit: 2,
    when: 'A class is registered with only one of write and read.',
    message: (d) => `${d.className} is registered with only one of write and read; they come in pairs`,
    fix: () => 'Give both functions, or neither.',
  }),
  ARTIFACT_CLASS_BASE: entry<{ path: string; className: string; base: string }>({
    exit: 1,
    when: 'A registered class extends a built-in class whose contents are not properties.',
    message: (d) => `${d.path}: ${d.className} extends ${d.base}, whose contents flowctl cannot store by itself`,
    fix: (d) => `Register it with write and read: @serializable({ write, read }) on ${d.className}.`,
  }),
  ARTIFACT_CLASS_NAME_TAKEN: entry<{ path: string; name: string }>({
    exit: 1,
    when: 'Two classes are registered under one name, so the older one could not be found again.',
    message: (d) =>
      `${d.path} is an instance of a class registered as '${d.name}', but another class took that name later`,
    fix: () => "Give one of them a name of its own: @serializable({ name: '...' }).",
  }),
  ARTIFACT_CLASS_UNKNOWN: entry<{ name: string }>({
    exit: 1,
    when: 'A stored value holds an instance of a class that is not registered in this process.',
    message: (d) => `The value holds an instance of '${d.name}', and no class is registered under this name here`,
    fix: (d) =>
      `Import the module that defines ${d.name} first; if the class was renamed, register it as @serializable({ name: '${d.name}' }).`,
  }),
  ARTIFACT_CYCLE: entry<{ path: string; className: string }>({
    exit: 1,
    when: 'What a write function returned holds the instance itself.',
    message: (d) =>
      `${d.path}: what write made of a ${d.className} holds that same instance again, so read could never make it`,
    fix: (d) =>
      `Leave the reference out in write and set it in read, or use @serializable without write and read on ${d.className}.`,
  }),
  ARTIFACT_SYMBOL_KEY: entry<{ path: string; key: string }>({
    exit: 1,
    when: 'An object in an artifact has a property whose key is a symbol.',
    message: (d) => `${d.path} has a property with the key ${d.key}; symbols do not outlive their process`,
    fix: () => 'Use a string as the key, or store a copy without the property.',
  }),
  ARTIFACT_EXTRA_PROPERTY: entry<{ path: string; kind: string; key: string }>({
    exit: 1,
    when: 'A Map, Set, Date, RegExp or the like in an artifact has a property added to it.',
    message: (d) => `${d.path} is a ${d.kind} with a property '${d.key}' added to it, which would be lost`,
    fix: () => 'Store the property beside it: in an object that holds both.',
  }),
  ARTIFACT_READ_FAILED: entry<{ path: string; problem: string }>({
    exit: 1,
    when: 'Code of the user (a getter, a write function) threw while an artifact was stored.',
    message: (d) => `${d.path} could not be read while it was stored: ${d.problem}`,
    fix: () => 'Repair the getter or write function, or store plain data.',
  }),
  ARTIFACT_REVIVE_FAILED: entry<{ name: string; problem: string }>({
    exit: 1,
    when: 'The read function of a registered class threw while an artifact was loaded.',
    message: (d) => `The read function of '${d.name}' failed: ${d.problem}`,
    fix: (d) => `Make the read function of ${d.name} accept what its write function wrote when the value was stored.`,
  }),
  ARTIFACT_TOO_DEEP: entry<{ path: string }>({
    exit: 1,
    when: 'An artifact is nested more deeply than the stack allows (a long linked list, for example).',
    message: (d) => `${d.path} is nested too deeply to be stored`,
    fix: () => 'Store a flat form of it: an array of nodes that refer to each other by index.',
  }),
  ARTIFACT_TOO_LARGE: entry<{ path: string; bytes: number | undefined; limit: number }>({
    exit: 1,
    when: 'An artifact is larger than V8 can serialize.',
    message: (d) =>
      `${d.path} needs ${d.bytes === undefined ? 'more' : `about ${gib(d.bytes)} GiB`}, ` +
      `and one structured value can take ${gib(d.limit)} GiB at most`,
    fix: () =>
      'Assign large typed arrays and Buffers to fields of their own (`this.weights = array`): those have no such limit; ' +
      'or divide the value over several artifacts or a foreach.',
  }),
  ARTIFACT_NEWER_FORMAT: entry<{ format: number; newest: number }>({
    exit: 2,
    when: 'A stored value was written by a newer flowctl.',
    message: (d) => `The value is stored in format ${d.format}, and this flowctl reads up to format ${d.newest}`,
    fix: () => 'Update flowctl to at least the version that made the run.',
  }),
  ARTIFACT_NEWER_V8: entry<{ version: number; newest: number; node: string }>({
    exit: 2,
    when: 'A stored value was written by a newer Node.js.',
    message: (d) =>
      `The value was stored by a newer Node.js (V8 wire format ${d.version}); Node.js ${d.node} reads up to ${d.newest}`,
    fix: () => 'Use at least the Node.js version that made the run: `flowctl show` tells which (node_version).',
  }),
  ARTIFACT_NOT_A_VALUE: entry<{ problem: string }>({
    exit: 1,
    when: 'Bytes that should be a stored value are not.',
    message: (d) => `These bytes are not a value that flowctl stored: ${d.problem}`,
    fix: () =>
      'Something other than flowctl wrote or changed the object. Restore it from a copy, or run the flow again.',
  }),
  ARTIFACT_MISSING: entry<{ key: string; store: string }>({
    exit: 1,
    when: 'A run refers to stored bytes that are no longer in the datastore.',
    message: (d) => `The bytes of an artifact are gone from the datastore: ${d.key} is not in ${d.store}`,
    fix: () => 'Restore the object from a copy, or run the flow again.',
  }),
  ARTIFACT_CORRUPT: entry<{ key: string; store: string; problem: string }>({
    exit: 1,
    when: 'Stored bytes are not the ones that were written.',
    message: (d) => `The bytes of an artifact have changed in the datastore: ${d.key} in ${d.store} (${d.problem})`,
    fix: () => 'Restore the object from a copy; or delete it and run the flow again.',
  }),
} as const

const gib = (bytes: number): string => String(Math.round((bytes / 2 ** 30) * 10) / 10)
