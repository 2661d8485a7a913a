import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { loadConfig, writeSettings } from '../../../config/index.ts'

describe('settings written into a file', () => {
  let folder: string
  let file: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'souk-settings-'))
    file = join(folder, 'souk.yaml')
  })
  afterEach(() => rm(folder, { recursive: true }))

  const priced = { 'market.pricePerMfuel': '0.000001', 'market.speedMfuelPerSecond': 264 }

  it('are read back, and leave everything else as it was', async () => {
    await writeFile(file, '# mine\nmarket:\n  role: provider # sells\n  pricePerMfuel: "0.5"\n')
    await writeSettings(file, priced)
    const { market } = await loadConfig({ file })
    assert.deepEqual(
      [market.role, market.pricePerMfuel, market.speedMfuelPerSecond],
      ['provider', '0.000001', 264],
    )
    assert.match(await readFile(file, 'utf8'), /^# mine\nmarket:\n {2}role: provider # sells\n/)
    assert.deepEqual(await readdir(folder), ['souk.yaml'])
  })

  it('make the file where there is none', async () => {
    await writeSettings(file, priced)
    assert.equal((await loadConfig({ file })).market.pricePerMfuel, '0.000001')
  })

  it('stay JSON in a JSON file', async () => {
    const json = join(folder, 'souk.json')
    await writeFile(json, '{ "market": { "role": "provider" } }\n')
    await writeSettings(json, priced)
    const { market } = JSON.parse(await readFile(json, 'utf8'))
    assert.deepEqual([market.role, market.pricePerMfuel], ['provider', '0.000001'])
  })
})
