import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { inspect } from 'node:util'
import { flowError, layout, type ArtifactRef, type ObjectStore } from '@flowctl/core'
import type { Artifact, Run } from '@flowctl/client'
import { wholeNumber } from '../arguments/run-options.ts'
import { EXIT, type CommandContext } from '../context/context.ts'
import { bytes } from '@flowctl/present'
import { paintFor } from '../format/paint.ts'
import { reasonText } from './show-run.ts'
import { datastoreToRead } from './datastore.ts'
import { jsonValue } from './json-value.ts'
import { isOneOfMany } from './logs.ts'
import { openClient, openPathspec, printJson, stepsOf, type ReadingOptions } from './open-pathspec.ts'

export interface DumpOptions extends ReadingOptions {
  readonly maxValueSize?: string
  readonly file?: string
}

/** Bytes of an encoded value that is shown in a list. */
const SHOWN_SIZE = 1000

/** `flowctl dump PATHSPEC` */
export async function dumpCommand(context: CommandContext, text: string, options: DumpOptions): Promise<number> {
  const { maxValueSize } = options
  const most = maxValueSize === undefined ? undefined : wholeNumber({ source: '--max-value-size', text: maxValueSize })
  const found = await openPathspec(context, await openClient(context, options), text, 'artifact')
  if (found.artifact !== undefined && found.task !== undefined) {
    return dumpOne(context, found.run, found.task.artifact(found.artifact), options, most)
  }
  if (options.file !== undefined) throw flowError('COMMAND_DUMP_NEEDS_ARTIFACT', { given: text })
  const size = most ?? SHOWN_SIZE
  const paint = paintFor(context.stdout, context.environment)
  const many = isOneOfMany(found)
  const facts: object[] = []
  let first = true
  for (const step of await stepsOf(found)) {
    for await (const task of found.task === undefined ? step.tasks() : [found.task]) {
      if (options.json === true) {
        facts.push({
          pathspec: task.pathspec,
          artifacts: await Promise.all([...task].map((one) => artifactFacts(one, size))),
        })
        continue
      }
      const lines = await Promise.all([...task].map((artifact) => artifactText(artifact, size)))
      if (many)
        lines.unshift(
          `${first ? '' : '\n'}${paint('bold', task.pathspec)}${lines.length === 0 ? '  (no artifacts)' : ''}`,
        )
      if (lines.length === 0) context.stderr.write(`${task.pathspec} has no artifacts.\n`)
      else context.stdout.write(`${lines.join('\n')}\n`)
      first = false
    }
  }
  if (options.json === true) return printJson(context, facts)
  if (first) context.stderr.write(`No task of ${found.step?.pathspec ?? found.run.pathspec} has ended.\n`)
  return EXIT.done
}

/** `count = 3  (number, 6 B)`; a value of several lines goes below its name. */
async function artifactText(artifact: Artifact, most: number): Promise<string> {
  const about = `(${artifact.type}, ${bytes(artifact.size)})`
  if (artifact.size > most) return `${artifact.id}  ${about} is not shown: 'flowctl dump ${artifact.pathspec}' does`
  const value = await valueText(artifact)
  if (!value.includes('\n')) return `${artifact.id} = ${value}  ${about}`
  return [`${artifact.id} =  ${about}`, ...value.split('\n').map((line) => `    ${line}`)].join('\n')
}

async function valueText(artifact: Artifact): Promise<string> {
  try {
    return inspect(await artifact.value(), { depth: 4, breakLength: 100 })
  } catch (error) {
    return `(cannot be read: ${error instanceof Error ? error.message : String(error)})`
  }
}

async function artifactFacts(artifact: Artifact, most: number): Promise<object> {
  const { pathspec, id, type, size, hash, preview } = artifact
  const facts = { pathspec, name: id, type, size, hash, preview }
  if (size > most) return facts
  const { value } = jsonValue(await artifact.value().catch(() => undefined))
  return value === undefined ? facts : { ...facts, value }
}

async function dumpOne(
  context: CommandContext,
  run: Run,
  artifact: Artifact,
  options: DumpOptions,
  most: number | undefined,
): Promise<number> {
  if (options.file !== undefined) return writeArtifact(context, run, artifact, options.file, options)
  if (options.json === true) return printJson(context, await artifactFacts(artifact, most ?? Infinity))
  if (most !== undefined && artifact.size > most) {
    context.stdout.write(`${await artifactText(artifact, most)}\n`)
    return EXIT.done
  }
  const colors = paintFor(context.stdout, context.environment)('red', '') !== ''
  const whole = { depth: Infinity, maxArrayLength: Infinity, maxStringLength: Infinity, breakLength: 100, colors }
  context.stdout.write(`${inspect(await artifact.value(), whole)}\n`)
  return EXIT.done
}

/** As JSON for a name that ends so; else texts and bytes as they are, and anything else as it is stored. */
async function writeArtifact(
  context: CommandContext,
  run: Run,
  artifact: Artifact,
  file: string,
  options: DumpOptions,
): Promise<number> {
  const { store } = await datastoreToRead(context, options.datastore)
  const [content, form] = await contentFor(file, artifact, run, store)
  try {
    await writeFile(resolve(context.cwd, file), content)
  } catch (cause) {
    throw flowError('COMMAND_FILE_NOT_WRITABLE', { option: '--file', file, reason: reasonText(cause) }, { cause })
  }
  context.stdout.write(`Wrote ${artifact.pathspec} to ${file} ${form}.\n`)
  return EXIT.done
}

async function contentFor(
  file: string,
  artifact: Artifact,
  run: Run,
  store: ObjectStore,
): Promise<[string | Uint8Array, string]> {
  if (file.endsWith('.json')) {
    const { value, problem } = jsonValue(await artifact.value())
    if (problem !== undefined) throw flowError('COMMAND_NOT_JSON', { pathspec: artifact.pathspec, reason: problem })
    return [`${JSON.stringify(value, null, 2)}\n`, 'as JSON']
  }
  if (artifact.type === 'string') return [(await artifact.value()) as string, 'as text']
  if (/^(?:Uint8Array|Buffer)\b/.test(artifact.type)) return [(await artifact.value()) as Uint8Array, 'as it is']
  return [await storedBytes(artifact.ref, run.parent.id, store), 'as it is stored']
}

async function storedBytes(ref: ArtifactRef, flow: string, store: ObjectStore): Promise<Uint8Array> {
  if (ref.inline !== undefined) return Buffer.from(ref.inline, 'base64')
  const key = layout.dataKey(flow, ref.hash)
  const stored = await store.get(key)
  if (stored === undefined) throw new Error(`${key} is missing in ${store.url}`)
  return stored.bytes
}
