import assert from 'node:assert/strict'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, it } from 'mocha'
import { PNG } from 'pngjs'
import { type CommandEnd, runCommand } from './kit/node-process.ts'

const results = join(import.meta.dirname, '..', '..', '.souk-demo')

describe('the demo', function () {
  this.timeout(240_000)
  let demo: CommandEnd

  before(async () => {
    await rm(join(results, 'fractal.png'), { force: true })
    demo = await runCommand(['demo'])
  })

  it('ends by itself, with every sum right', () => {
    assert.equal(demo.code, 0, demo.stdout + demo.stderr)
    assert.match(demo.stdout, /the chain moved exactly that, and no token more/)
  })

  it('leaves one picture, joined from the tiles that were bought', async () => {
    const { width, height, data } = PNG.sync.read(await readFile(join(results, 'fractal.png')))
    const colours = new Set(new Uint32Array(data.buffer, data.byteOffset, width * height))
    assert.ok(width > 0 && height > 0 && colours.size > 100, `${width} x ${height}`)
  })

  it('leaves the minified program', async () => {
    const text = await readFile(join(results, 'minify-me.min.js'), 'utf8')
    assert.equal(text.trimEnd().split('\n').length, 1)
  })
})
