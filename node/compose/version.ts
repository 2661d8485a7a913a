import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const file = join(import.meta.dirname, '..', '..', 'package.json')

/** The node's version, as package.json has it. */
export const SOUK_VERSION: string = JSON.parse(readFileSync(file, 'utf8')).version
