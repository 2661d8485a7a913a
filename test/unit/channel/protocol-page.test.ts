import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import {
  MAX_CLOSE_SECONDS,
  MAX_PAYMENTS,
  MAX_RUNNING_DEALS,
  MAX_SYNC_DEALS,
} from '../../../protocols/channel/index.ts'
import { MAX_BINDING_SECONDS, MAX_FRAME_BYTES } from '../../../protocols/network/index.ts'
import { refreshPage } from '../../vectors/protocol-vectors.ts'

const path = join(import.meta.dirname, '../../../docs/protocol.md')

describe('the protocol page', () => {
  it('is fresh (else: node test/vectors/generate-protocol-page.ts)', async () => {
    const page = await readFile(path, 'utf8')
    assert.equal(page, refreshPage(page))
  })

  it('tells every limit as the code has it', async () => {
    const page = await readFile(path, 'utf8')
    const limits: [name: string, value: number][] = [
      ['Bytes of a frame', MAX_FRAME_BYTES],
      ['Payments in one `pay`', MAX_PAYMENTS],
      ['Deals in one `sync`', MAX_SYNC_DEALS],
      ['Running deals of one channel', MAX_RUNNING_DEALS],
      ['Seconds a `CoopClose` or `Rebase` may be valid ahead', MAX_CLOSE_SECONDS],
      ['Seconds a peer binding may be valid', MAX_BINDING_SECONDS],
    ]
    for (const [name, value] of limits) assert.ok(page.includes(`| ${name} | ${value} |`), name)
  })
})
