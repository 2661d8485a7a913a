import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { beforeEach, describe, it } from 'mocha'
import { createSystemTerminal } from '../../../node/cli/index.ts'

type Stream = PassThrough & { isTTY?: boolean; columns?: number; hasColors?: () => boolean }

describe('the terminal of a process', () => {
  let streams: { stdin: Stream; stdout: Stream; stderr: Stream }
  beforeEach(() => {
    streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() }
  })
  const asTty = (stream: Stream) =>
    Object.assign(stream, { isTTY: true, columns: 100, hasColors: () => true })

  it('has colours only where somebody looks who wants them', () => {
    asTty(streams.stdout)
    const terminal = createSystemTerminal({ isPlain: false }, streams)
    assert.deepEqual([terminal.stdout.isTty, terminal.stdout.hasColors], [true, true])
    assert.deepEqual([terminal.stderr.isTty, terminal.stderr.hasColors], [false, false])
    assert.deepEqual([terminal.stdout.columns, terminal.stderr.columns], [100, 80])
    assert.equal(createSystemTerminal({ isPlain: true }, streams).stdout.hasColors, false)
  })

  it('reads all of its input and writes bytes as they are', async () => {
    const terminal = createSystemTerminal({ isPlain: true }, streams)
    streams.stdin.end('abc')
    assert.equal(Buffer.from(await terminal.readInput()).toString(), 'abc')
    terminal.stdout.write(new Uint8Array([255, 0]))
    assert.deepEqual([...(streams.stdout.read() as Buffer)], [255, 0])
  })

  it('asks without showing what is typed', async () => {
    asTty(streams.stdin)
    const terminal = createSystemTerminal({ isPlain: true }, streams)
    const answer = terminal.askHidden('Passphrase: ')
    streams.stdin.write('secret\r')
    assert.equal(await answer, 'secret')
    const shown = `${streams.stdout.read() ?? ''}${streams.stderr.read() ?? ''}`
    assert.equal(shown, 'Passphrase: \n')
  })

  it('gives up on Ctrl-C, and asks nobody where nobody can answer', async () => {
    const quiet = createSystemTerminal({ isPlain: true }, streams)
    assert.equal(await quiet.askHidden('?'), null)
    asTty(streams.stdin)
    const answer = createSystemTerminal({ isPlain: true }, streams).askHidden('?')
    streams.stdin.write('half\u0003')
    await assert.rejects(answer, { code: 'CANCELLED' })
  })

  it('takes a reader that went away for no fault', () => {
    createSystemTerminal({ isPlain: true }, streams)
    streams.stdout.emit('error', Object.assign(new Error('gone'), { code: 'EPIPE' }))
    const broken = Object.assign(new Error('broken'), { code: 'EIO' })
    assert.throws(() => streams.stderr.emit('error', broken), /broken/)
  })
})
