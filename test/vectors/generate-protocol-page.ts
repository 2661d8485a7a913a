// node test/vectors/generate-protocol-page.ts [--check]: type strings, fault codes and test vectors in docs/protocol.md.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { refreshPage } from './protocol-vectors.ts'

const path = join(import.meta.dirname, '../../docs/protocol.md')
const page = await readFile(path, 'utf8')
const fresh = refreshPage(page)

if (process.argv.includes('--check')) {
  if (page !== fresh) {
    process.stderr.write(
      'docs/protocol.md is stale: run node test/vectors/generate-protocol-page.ts\n',
    )
    process.exitCode = 1
  }
} else {
  await writeFile(path, fresh)
}
