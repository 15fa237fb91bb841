import { join } from 'node:path'
import { fileStore, memoryStore } from '@flowctl/datastore'
import { objectStoreConformance } from '../object-store-conformance.ts'
import { temporaryFolder } from '../temporary-folder.ts'

objectStoreConformance('the memory store', memoryStore)
objectStoreConformance('the file store', () => fileStore(join(temporaryFolder(), 'not', 'there', 'yet')))
