import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { createGroupCommit } from '../../../node/adapters/store/group-commit.ts'
import { settle } from '../../fakes/clock.ts'

/** A disk whose writes end when told. */
const aSlowDisk = () => {
  const batches: number[][] = []
  const ends: { resolve: () => void; reject: (error: Error) => void }[] = []
  const write = (changes: readonly number[]) => {
    batches.push([...changes])
    return new Promise<void>((resolve, reject) => ends.push({ resolve, reject }))
  }
  const end = (error?: Error) => {
    const { resolve, reject } = ends.shift() ?? assert.fail('nothing is being written')
    error ? reject(error) : resolve()
    return settle()
  }
  return { batches, write, end }
}

describe('commits that arrive while a write is under way', () => {
  it('share the next write, in the order they came', async () => {
    const disk = aSlowDisk()
    const { commit } = createGroupCommit<number>(disk.write)
    const done: number[] = []
    const commits = [[1], [2, 3]].map((changes, at) => commit(changes).then(() => done.push(at)))
    await settle()
    const later = [[4], [5], [6]].map((changes, at) =>
      commit(changes).then(() => done.push(at + 2)),
    )
    await settle()
    assert.deepEqual([disk.batches, done], [[[1, 2, 3]], []])
    await disk.end()
    assert.deepEqual(
      [disk.batches, done],
      [
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        [0, 1],
      ],
    )
    await disk.end()
    await Promise.all([...commits, ...later])
    assert.deepEqual(done, [0, 1, 2, 3, 4])
  })
})

describe('a write that fails', () => {
  it('fails every commit in it and behind it, and every later one', async () => {
    const disk = aSlowDisk()
    const { commit } = createGroupCommit<number>(disk.write)
    const first = [commit([1]), commit([2])].map((done) => done.catch((error) => error))
    await settle()
    const behind = commit([3]).catch((error) => error)
    const cause = new Error('disk full')
    await disk.end(cause)
    const later = commit([4]).catch((error) => error)
    for (const error of await Promise.all([...first, behind, later])) {
      assert.equal(error.code, 'STORE_UNAVAILABLE')
      assert.equal(error.cause, cause)
    }
    assert.deepEqual(disk.batches, [[1, 2]])
  })
})

describe('closing', () => {
  it('waits for accepted commits and refuses new ones', async () => {
    const disk = aSlowDisk()
    const { commit, close } = createGroupCommit<number>(disk.write)
    const first = commit([1])
    await settle()
    const second = commit([2])
    let isClosed = false
    const closing = close().then(() => {
      isClosed = true
    })
    await assert.rejects(commit([3]), { code: 'STORE_UNAVAILABLE' })
    await disk.end()
    assert.equal(isClosed, false)
    await disk.end()
    await Promise.all([first, second, closing])
    assert.deepEqual(disk.batches, [[1], [2]])
  })
})
