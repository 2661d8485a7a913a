// node config/write-settings-page.ts [--check]
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { settingsPage } from './settings-page.ts'

const path = join(import.meta.dirname, '../docs/settings.md')
const page = settingsPage()

if (process.argv.includes('--check')) {
  if ((await readFile(path, 'utf8').catch(() => '')) !== page) {
    process.stderr.write('docs/settings.md is stale: run node config/write-settings-page.ts\n')
    process.exitCode = 1
  }
} else {
  await writeFile(path, page)
}
