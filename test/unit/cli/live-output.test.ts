import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { createLiveOutput } from '../../../node/cli/live-output.ts'

const open = () => {
  const written: string[] = []
  const outputTo = (name: string) => ({
    ...{ isTty: true, hasColors: false, columns: 80 },
    write: (data: string | Uint8Array) => {
      const text = Buffer.from(data as Uint8Array).toString()
      if (text !== '') written.push(`${name} ${text}`)
    },
  })
  const live = createLiveOutput({ stdout: outputTo('out'), stderr: outputTo('err') }, () =>
    written.push('cleared'),
  )
  const show = (offset: number, text: string, stream: 'stdout' | 'stderr' = 'stdout') => {
    const bytes = Buffer.from(text).toString('base64')
    const where = { type: 'task.output', taskId: 't', role: 'requester', seq: 1, at: 1 } as const
    live.show({ ...where, stream, offset, bytes })
  }
  return { written, live, show }
}

describe('output shown while a program runs', () => {
  it('is shown as it comes, and completed at the end', () => {
    const { written, live, show } = open()
    show(0, 'one ')
    show(0, 'note', 'stderr')
    show(4, 'two ')
    live.finish('stdout', Buffer.from('one two three'))
    live.finish('stderr', Buffer.from('note'))
    assert.deepEqual(written, [
      'cleared',
      'out one ',
      'cleared',
      'err note',
      'cleared',
      'out two ',
      'out three',
    ])
  })

  it('waits for the end where a piece is missing', () => {
    const { written, live, show } = open()
    show(4, 'two ')
    show(0, 'one ')
    show(8, 'three')
    live.finish('stdout', Buffer.from('one two three'))
    assert.deepEqual(written, ['cleared', 'out one ', 'out two three'])
  })

  it('is taken back where the proven result says something else', () => {
    const { written, live, show } = open()
    show(0, 'a lie')
    live.finish('stdout', Buffer.from('the truth'))
    assert.deepEqual(written.slice(0, 2), ['cleared', 'out a lie'])
    assert.match(
      written[2] ?? '',
      /^err \nsouk: the stdout shown so far is not what the program wrote/,
    )
    assert.equal(written[3], 'out the truth')
  })
})
