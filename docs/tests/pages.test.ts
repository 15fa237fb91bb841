import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { Transcript } from './match.ts'
import { readPage } from './page.ts'
import { Reader } from './reader.ts'

const RUN_ID = /\d{6}-\d{6}-[0-9a-z]+/
const docs = fileURLToPath(new URL('../', import.meta.url))
