import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'mocha'
import { EXECUTION_PAGE, withLimits } from '../../docs/limits-table.ts'

describe('the page about execution', () => {
  const page = readFileSync(EXECUTION_PAGE, 'utf8')

  it('has the limits that the code holds tasks to (node test/docs/limits-table.ts writes them)', () => {
    assert.match(page, /<!-- limits -->\n\| what \| most \| beyond \|\n/)
    assert.equal(page, withLimits(page))
  })
})
