import { PassThrough } from 'node:stream'
import type { Frame } from '../../../node/adapters/wasm/frames/index.ts'
import type { Child } from '../../../node/adapters/wasm/pool/child-process.ts'
import { ChildGone, createLine } from '../../../node/adapters/wasm/pool/line.ts'

export type FakeChild = Child & { sent: Frame[]; killedFor: string | null }

/** A child without a process: `answer` sees what it is sent and answers frames, or dies. */
export const fakeChild = (answer: (frame: Frame) => Frame[] | 'die' = () => []): FakeChild => {
  const line = createLine(new PassThrough())
  const inbox: Frame[] = []
  let wake = () => {}
  const gone = new Promise<never>((_, reject) => void line.onFail(reject))
  gone.catch(() => undefined)
  let alive = true
  const end = (error: Error) => {
    alive = false
    line.fail(error)
  }
  const child: FakeChild = {
    ...line,
    sent: [],
    killedFor: null,
    pid: process.pid,
    restingBytes: 2 ** 40,
    alive: () => alive,
    exited: Promise.resolve(),
    kill: (reason) => {
      child.killedFor ??= reason
      end(new ChildGone(reason, 'killed'))
    },
    send: (frame) => {
      child.sent.push(frame)
      const answers = answer(frame)
      if (answers === 'die') end(new ChildGone(null, 'died'))
      else inbox.push(...answers)
      wake()
    },
    receive: () =>
      Promise.race([
        gone,
        new Promise<Frame>((resolve) => {
          const next = () => {
            const frame = inbox.shift()
            if (frame) resolve(frame)
            else wake = next
          }
          next()
        }),
      ]),
  }
  return child
}
