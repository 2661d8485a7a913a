import assert from 'node:assert/strict'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { createTokens, openOwnerToken, ownerGrant } from '../../../node/control/index.ts'
import { faultCode } from '../../../protocols/common/index.ts'
import { createSeededChance } from '../../fakes/chance.ts'

const isUnsafe = (error: unknown) => faultCode(error) === 'TOKEN_FILE_UNSAFE'

describe("the owner's token", () => {
  let folder: string
  let file: string
  const chance = createSeededChance('token')
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'token-'))
    file = join(folder, 'control-token')
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('is made once, for its owner alone', async () => {
    const made = await openOwnerToken(file, { chance })
    assert.equal(made.isNew, true)
    assert.match(made.token, /^[\w-]{43}$/)
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    assert.equal((await readFile(file, 'utf8')).trim(), made.token)
    assert.deepEqual(await openOwnerToken(file, { chance }), { token: made.token, isNew: false })
  })

  it('is refused from a file that others can read', async () => {
    await openOwnerToken(file, { chance })
    await chmod(file, 0o644)
    await assert.rejects(openOwnerToken(file, { chance }), isUnsafe)
  })

  it('is refused from a file that holds something else', async () => {
    await writeFile(file, 'password', { mode: 0o600 })
    await assert.rejects(openOwnerToken(file, { chance }), isUnsafe)
  })

  it('opens every scope', () => {
    const tokens = createTokens([{ ...ownerGrant(5n), token: 'abc' }])
    assert.deepEqual(tokens.find('abc'), {
      name: 'owner',
      scopes: ['read', 'write', 'spend'],
      spendPerDay: 5n,
    })
    assert.equal(tokens.find('abd'), null)
    assert.equal(tokens.find(''), null)
  })
})
