import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import { fields } from '../../../config/index.ts'
import { settingsPage } from '../../../config/settings-page.ts'

const path = join(import.meta.dirname, '../../../docs/settings.md')

describe('the settings page', () => {
  it('is fresh (else: node config/write-settings-page.ts)', async () => {
    assert.equal(await readFile(path, 'utf8'), settingsPage())
  })

  it('tells of every setting its name, variable, value and meaning', () => {
    const page = settingsPage()
    for (const field of fields) {
      assert.ok(page.includes(`\`${field.path}\`<br>\`${field.environmentName}\``), field.path)
      assert.ok(field.meaning.endsWith('.'), `${field.path} has no meaning`)
      assert.notEqual(field.expectation, 'a text', `${field.path} does not say what it takes`)
    }
  })
})
