import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { loadConfig, readEnvironment } from '../../../config/index.ts'

describe('the environment', () => {
  it('holds settings, and beside them the passphrase and the path of the file', () => {
    const read = readEnvironment({
      SOUK_LOG_LEVEL: 'debug',
      SOUK_PASSPHRASE: 'open sesame',
      SOUK_CONFIG: '/etc/souk.yaml',
      NO_COLOR: '1',
      PATH: '/bin',
      SOUK_UNSET: undefined,
    })
    assert.deepEqual(read, {
      settings: { SOUK_LOG_LEVEL: 'debug' },
      passphrase: 'open sesame',
      configFile: '/etc/souk.yaml',
      isPlain: true,
    })
  })

  it('of this process is read unless another is given', () => {
    assert.equal(readEnvironment().isPlain, (process.env.NO_COLOR ?? '') !== '')
  })

  it('gives settings that load', async () => {
    const { settings } = readEnvironment({ SOUK_LOG_LEVEL: 'debug', SOUK_PASSPHRASE: 'x' })
    assert.equal((await loadConfig({ env: settings })).log.level, 'debug')
  })
})
