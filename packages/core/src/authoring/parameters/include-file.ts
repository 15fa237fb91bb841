import { declareParameter } from './declare.ts'
import type { ParameterOptions, ParameterValue } from './parameter.ts'

export interface EncodingOption {
  /** A label that `TextDecoder` knows. @default 'utf-8' */
  readonly encoding?: string
}

/**
 * Declares a file whose contents are kept with the run: the option takes a path, the field holds what the file held when the
 * run started. A default is a path too.
 */
export const IncludeFile: {
  /** The contents as a string. */
  text<Default extends string | undefined = undefined, Required extends boolean = false>(
    options?: ParameterOptions<Default, Required> & EncodingOption,
  ): ParameterValue<string, Default, Required>
  /** The contents as they are. */
  bytes<Default extends string | undefined = undefined, Required extends boolean = false>(
    options?: ParameterOptions<Default, Required>,
  ): ParameterValue<Uint8Array, Default, Required>
} = {
  text: (options?: unknown) => declareParameter('file-text', 'IncludeFile.text', options) as never,
  bytes: (options?: unknown) => declareParameter('file-bytes', 'IncludeFile.bytes', options) as never,
}
