import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { AT, ERRNO, OPEN, openHost } from './wasi-kit.ts'

const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const aHost = () =>
  openHost({
    files: new Map([
      ['a/one', text('1')],
      ['a/two', text('22')],
      ['b/three', text('333')],
    ]),
  })
type Host = ReturnType<typeof openHost>

const make = (host: Host, path: string) => host.call('path_create_directory', 3, ...host.put(path))
const remove = (host: Host, path: string) =>
  host.call('path_remove_directory', 3, ...host.put(path))
const unlink = (host: Host, path: string) => host.call('path_unlink_file', 3, ...host.put(path))
const two = (host: Host, from: string, to: string) =>
  [...host.put(from), 3, ...host.put(to, AT.other)] as const
const rename = (host: Host, from: string, to: string) =>
  host.call('path_rename', 3, ...two(host, from, to))
const link = (host: Host, from: string, to: string) =>
  host.call('path_link', 3, 0, ...two(host, from, to))
const symlink = (host: Host, target: string, name: string) =>
  host.call('path_symlink', ...two(host, target, name))

const list = (host: Host, fd: number, length = 4_000): string[] => {
  const names: string[] = []
  for (let cookie = 0n; ; ) {
    assert.equal(host.call('fd_readdir', fd, AT.buffer, length, cookie, AT.result), ERRNO.success)
    const used = host.result()
    let at = AT.buffer
    while (at + 24 <= AT.buffer + used) {
      const size = host.view.getUint32(at + 16, true)
      if (at + 24 + size > AT.buffer + used) break
      cookie = host.view.getBigUint64(at, true)
      names.push(Buffer.from(host.bytes.slice(at + 24, at + 24 + size)).toString())
      at += 24 + size
    }
    if (used < length) return names
  }
}

describe('a directory', () => {
  it('lists its names in order, through whatever buffer', () => {
    const host = aHost()
    for (const name of ['zeta', 'alpha', 'mid']) make(host, name)
    const names = ['.', '..', 'a', 'alpha', 'b', 'mid', 'zeta']
    assert.deepEqual(list(host, 3), names)
    assert.deepEqual(list(host, 3, 32), names)
  })

  it('lists nothing behind its end and fails on what is no directory', () => {
    const host = aHost()
    assert.equal(host.call('fd_readdir', 3, AT.buffer, 100, 1n << 63n, AT.result), ERRNO.success)
    assert.equal(host.result(), 0)
    assert.equal(host.call('fd_readdir', 1, AT.buffer, 100, 0n, AT.result), ERRNO.notdir)
    assert.equal(host.call('fd_readdir', 3, 131_000, 1_000, 0n, AT.result), ERRNO.fault)
  })

  it('is made once and removed when empty', () => {
    const host = aHost()
    assert.equal(make(host, 'c'), ERRNO.success)
    assert.equal(make(host, 'c'), ERRNO.exist)
    assert.equal(make(host, 'none/c'), ERRNO.noent)
    assert.equal(remove(host, 'a'), ERRNO.notempty)
    assert.equal(remove(host, 'c/.'), ERRNO.inval)
    assert.equal(remove(host, 'c'), ERRNO.success)
    assert.equal(remove(host, 'c'), ERRNO.noent)
    assert.equal(remove(host, 'a/one'), ERRNO.notdir)
  })

  it('tells the name it was opened under', () => {
    const { call, view, bytes } = openHost()
    assert.equal(call('fd_prestat_get', 3, 500), ERRNO.success)
    assert.equal(view.getUint32(504, true), 1)
    assert.equal(call('fd_prestat_dir_name', 3, 600, 1), ERRNO.success)
    assert.equal(bytes[600], '/'.charCodeAt(0))
    assert.equal(call('fd_prestat_dir_name', 3, 600, 0), ERRNO.nametoolong)
    assert.equal(call('fd_prestat_get', 4, 500), ERRNO.badf)
    assert.equal(call('fd_prestat_dir_name', 1, 600, 9), ERRNO.badf)
  })
})

describe('a name', () => {
  it('moves, replacing a file but not a full directory', () => {
    const host = aHost()
    assert.equal(rename(host, 'a/one', 'b/three'), ERRNO.success)
    assert.equal(host.open('a/one'), ERRNO.noent)
    assert.equal(host.open('b/three'), ERRNO.success)
    assert.equal(host.read(host.result(), 9), '1')
    assert.equal(rename(host, 'a', 'b'), ERRNO.notempty)
    assert.equal(rename(host, 'a', 'b/three'), ERRNO.notdir)
    assert.equal(rename(host, 'b/three', 'a'), ERRNO.isdir)
    assert.equal(rename(host, 'b/three', 'b/three'), ERRNO.success)
    assert.equal(rename(host, 'none', 'x'), ERRNO.noent)
    assert.equal(rename(host, 'a/.', 'x'), ERRNO.busy)
    assert.equal(rename(host, 'b/three', 'x/'), ERRNO.notdir)
  })

  it('of a directory moves, but not into itself', () => {
    const host = aHost()
    make(host, 'c')
    assert.equal(rename(host, 'a', 'c'), ERRNO.success)
    assert.equal(host.open('c/two'), ERRNO.success)
    make(host, 'c/deep')
    assert.equal(rename(host, 'c', 'c/deep/c'), ERRNO.inval)
    assert.equal(list(host, 3).join(' '), '. .. b c')
  })

  it('can be one of several for a file', () => {
    const host = aHost()
    assert.equal(link(host, 'a/two', 'same'), ERRNO.success)
    host.call('path_filestat_get', 3, 0, ...host.put('same'), 500)
    assert.equal(host.view.getBigUint64(524, true), 2n)
    assert.equal(unlink(host, 'a/two'), ERRNO.success)
    assert.equal(host.open('same'), ERRNO.success)
    assert.equal(link(host, 'a', 'b2'), ERRNO.perm)
    assert.equal(link(host, 'same', 'b/three'), ERRNO.exist)
    assert.equal(link(host, 'none', 'x'), ERRNO.noent)
    assert.equal(link(host, 'same/', 'x'), ERRNO.notdir)
    assert.equal(link(host, 'same', 'x/'), ERRNO.noent)
    assert.equal(host.call('path_link', 3, 1, ...two(host, 'same', 'x')), ERRNO.inval)
  })

  it('of a file is unlinked, of a directory is not', () => {
    const host = aHost()
    assert.equal(unlink(host, 'a'), ERRNO.isdir)
    assert.equal(unlink(host, 'a/one/'), ERRNO.notdir)
    assert.equal(unlink(host, 'a/one'), ERRNO.success)
    assert.equal(unlink(host, 'a/one'), ERRNO.noent)
  })

  it('has a status, with a trailing slash only for directories', () => {
    const host = aHost()
    const status = (path: string) => host.call('path_filestat_get', 3, 1, ...host.put(path), 500)
    assert.equal(status('a/'), ERRNO.success)
    assert.equal(host.bytes[516], 3)
    assert.equal(status('a/one/'), ERRNO.notdir)
    assert.equal(status('none'), ERRNO.noent)
  })
})

describe('a symbolic link', () => {
  it('is followed inside a path always, at its end when asked to', () => {
    const host = aHost()
    assert.equal(symlink(host, 'a', 'la'), ERRNO.success)
    assert.equal(symlink(host, 'la/two', 'lf'), ERRNO.success)
    assert.equal(host.open('lf'), ERRNO.success)
    assert.equal(host.read(host.result(), 9), '22')
    assert.equal(host.open('lf', { follow: 0 }), ERRNO.loop)
    assert.equal(host.open('la/one', { follow: 0 }), ERRNO.success)
    assert.equal(host.open('lf', { flags: OPEN.create | OPEN.exclusive, follow: 0 }), ERRNO.exist)
    assert.equal(host.open('la/../b/three'), ERRNO.success)
  })

  it('is read, up to the size of the buffer', () => {
    const host = aHost()
    symlink(host, 'a/two', 'l')
    const read = (path: string, size: number) =>
      host.call('path_readlink', 3, ...host.put(path), 500, size, AT.result)
    assert.equal(read('l', 100), ERRNO.success)
    assert.equal(host.result(), 5)
    assert.equal(read('l', 2), ERRNO.success)
    assert.equal(host.result(), 2)
    assert.equal(read('a', 9), ERRNO.inval)
    assert.equal(read('none', 9), ERRNO.noent)
    host.call('path_filestat_get', 3, 0, ...host.put('l'), 500)
    assert.equal(host.view.getBigUint64(532, true), 5n)
  })

  it('leads nowhere outside, and in no circle', () => {
    const host = aHost()
    assert.equal(symlink(host, '/etc/passwd', 'l'), ERRNO.notcapable)
    assert.equal(symlink(host, '', 'l'), ERRNO.noent)
    assert.equal(symlink(host, 'x', 'a'), ERRNO.exist)
    assert.equal(symlink(host, 'x', 'l/'), ERRNO.noent)
    assert.equal(symlink(host, '../../x', 'up'), ERRNO.success)
    assert.equal(host.open('up'), ERRNO.notcapable)
    assert.equal(symlink(host, 'round', 'round'), ERRNO.success)
    assert.equal(host.open('round'), ERRNO.loop)
    assert.equal(symlink(host, 'b/', 'slash'), ERRNO.success)
    assert.equal(host.open('slash/three'), ERRNO.success)
  })
})
