import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { AT, ERRNO, OPEN, openHost } from './wasi-kit.ts'

const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const aHost = () => openHost({ files: new Map([['dir/file.txt', text('0123456789')]]) })
type Host = ReturnType<typeof openHost>

const opened = (host: Host, path: string, options = {}): number => {
  assert.equal(host.open(path, options), ERRNO.success)
  return host.result()
}

const sizeOf = (host: Host, fd: number): number => {
  assert.equal(host.call('fd_filestat_get', fd, 500), ERRNO.success)
  return Number(host.view.getBigUint64(532, true))
}

describe('the standard streams', () => {
  it('read to the end of stdin and collect stdout and stderr apart', () => {
    const host = openHost({ stdin: text('input') })
    assert.equal(host.read(0, 3) + host.read(0, 3) + host.read(0, 3), 'input')
    assert.equal(host.write(1, 'out'), ERRNO.success)
    assert.equal(host.write(2, 'err'), ERRNO.success)
    const { stdout, stderr } = host.outputs()
    assert.deepEqual([stdout, stderr], [text('out'), text('err')])
  })

  it('go one way and cannot be sought in', () => {
    const { call, vector } = openHost()
    assert.equal(call('fd_write', 0, ...vector(0, 1), 8), ERRNO.badf)
    assert.equal(call('fd_read', 1, ...vector(0, 1), 8), ERRNO.badf)
    assert.equal(call('fd_seek', 1, 0n, 0, 8), ERRNO.spipe)
    assert.equal(call('fd_tell', 0, 8), ERRNO.spipe)
    assert.equal(call('fd_pread', 0, ...vector(0, 1), 0n, 8), ERRNO.spipe)
    assert.equal(call('fd_filestat_set_size', 1, 0n), ERRNO.notcapable)
  })

  it('take at most 1,024 pieces, all inside the memory', () => {
    const { call, vector } = openHost()
    assert.equal(call('fd_write', 1, 0, 1_025, 8), ERRNO.inval)
    assert.equal(call('fd_write', 1, ...vector(131_000, 100), 8), ERRNO.fault)
    assert.equal(call('fd_write', 1, ...vector(0, 1), 131_070), ERRNO.fault)
  })

  it('look like terminals', () => {
    const { call, bytes } = openHost()
    assert.equal(call('fd_fdstat_get', 1, 500), ERRNO.success)
    assert.equal(bytes[500], 2)
    assert.equal(call('fd_filestat_get', 1, 500), ERRNO.success)
    assert.equal(bytes[516], 2)
  })
})

describe('an open file', () => {
  it('reads on from where it is, and anywhere with pread', () => {
    const host = aHost()
    const fd = opened(host, 'dir/file.txt')
    assert.equal(host.read(fd, 4), '0123')
    assert.equal(host.read(fd, 4), '4567')
    const pread = (at: bigint) =>
      host.call('fd_pread', fd, ...host.vector(AT.buffer, 3), at, 8) || host.result()
    assert.deepEqual([pread(1n << 40n), pread(1n)], [0, 3])
    assert.equal(Buffer.from(host.bytes.slice(AT.buffer, AT.buffer + 3)).toString(), '123')
    assert.equal(host.read(fd, 40), '89')
    assert.equal(host.read(fd, 40), '')
  })

  it('seeks from its start, its place and its end, never before its start', () => {
    const host = aHost()
    const fd = opened(host, 'dir/file.txt')
    const seek = (offset: bigint, whence: number) => {
      const errno = host.call('fd_seek', fd, offset, whence, 8)
      return errno === 0 ? Number(host.view.getBigUint64(8, true)) : -errno
    }
    assert.deepEqual([seek(3n, 0), seek(2n, 1), seek(-1n, 2), seek(5n, 2)], [3, 5, 9, 15])
    assert.deepEqual([seek(-1n, 0), seek(0n, 3)], [-ERRNO.inval, -ERRNO.inval])
    assert.equal(host.call('fd_tell', fd, 8), ERRNO.success)
    assert.equal(host.view.getBigUint64(8, true), 15n)
  })

  it('grows where it is written to, filling gaps with zeros', () => {
    const host = aHost()
    const fd = opened(host, 'new', { flags: OPEN.create })
    host.write(fd, 'ab')
    host.call('fd_seek', fd, 5n, 0, 8)
    host.write(fd, 'z')
    host.call('fd_seek', fd, 0n, 0, 8)
    assert.equal(host.read(fd, 10), 'ab\0\0\0z')
    assert.equal(host.call('fd_pwrite', fd, ...host.vector(...host.put('Q')), 1n, 8), ERRNO.success)
    host.call('fd_seek', fd, 0n, 0, 8)
    assert.equal(host.read(fd, 10), 'aQ\0\0\0z')
  })

  it('appends when it was opened so', () => {
    const host = aHost()
    const fd = opened(host, 'dir/file.txt', { fdFlags: 1 })
    host.write(fd, 'x')
    assert.equal(host.call('fd_pwrite', fd, ...host.vector(...host.put('y')), 0n, 8), ERRNO.success)
    host.call('fd_seek', fd, 8n, 0, 8)
    assert.equal(host.read(fd, 10), '89xy')
  })

  it('is cut and stretched', () => {
    const host = aHost()
    const fd = opened(host, 'dir/file.txt')
    assert.equal(host.call('fd_filestat_set_size', fd, 3n), ERRNO.success)
    assert.equal(host.call('fd_filestat_set_size', fd, 5n), ERRNO.success)
    assert.equal(host.read(fd, 10), '012\0\0')
    assert.equal(host.call('fd_allocate', fd, 0n, 4n), ERRNO.success)
    assert.equal(sizeOf(host, fd), 5)
    assert.equal(host.call('fd_allocate', fd, 4n, 4n), ERRNO.success)
    assert.equal(sizeOf(host, fd), 8)
    assert.equal(host.call('fd_allocate', fd, 0n, 0n), ERRNO.inval)
    assert.equal(host.call('fd_filestat_set_size', fd, 1n << 40n), ERRNO.fbig)
    assert.equal(host.call('fd_filestat_set_size', fd, -1n), ERRNO.fbig)
  })

  it('leaves the input it came from as it was', () => {
    const data = text('0123')
    const host = openHost({ files: new Map([['f', data]]), outputs: ['f'] })
    host.write(opened(host, 'f'), 'XY')
    assert.deepEqual(data, text('0123'))
    assert.deepEqual(host.outputs().files.get('f'), text('XY23'))
  })

  it('takes advice, syncs, keeps times', () => {
    const host = aHost()
    const fd = opened(host, 'dir/file.txt')
    assert.equal(host.call('fd_advise', fd, 0n, 0n, 3), ERRNO.success)
    assert.equal(host.call('fd_advise', fd, 0n, 0n, 6), ERRNO.inval)
    assert.equal(host.call('fd_sync', fd), ERRNO.success)
    assert.equal(host.call('fd_datasync', fd), ERRNO.success)
    assert.equal(host.call('fd_filestat_set_times', fd, 5n, 6n, 5), ERRNO.success)
    host.call('fd_filestat_get', fd, 500)
    assert.equal(host.view.getBigUint64(540, true), 5n)
    assert.equal(host.view.getBigUint64(548, true), 6n)
    assert.equal(host.call('fd_filestat_set_times', fd, 0n, 0n, 3), ERRNO.inval)
    assert.equal(host.call('fd_filestat_set_times', fd, 0n, 0n, 10), ERRNO.success)
    const path = host.put('dir/file.txt')
    assert.equal(host.call('path_filestat_set_times', 3, 1, ...path, 9n, 0n, 1), ERRNO.success)
    assert.equal(host.call('path_filestat_get', 3, 1, ...path, 500), ERRNO.success)
    assert.equal(host.view.getBigUint64(540, true), 9n)
  })

  it('does only what its rights allow, and gains none', () => {
    const host = aHost()
    const fd = opened(host, 'dir/file.txt', { rights: 2n | 32n })
    assert.equal(host.write(fd, 'x'), ERRNO.badf)
    assert.equal(host.call('fd_seek', fd, 1n, 0, 8), ERRNO.notcapable)
    assert.equal(host.call('fd_seek', fd, 0n, 1, 8), ERRNO.success)
    assert.equal(host.call('fd_pread', fd, ...host.vector(0, 1), 0n, 8), ERRNO.notcapable)
    assert.equal(host.call('fd_fdstat_set_rights', fd, 2n, 0n), ERRNO.success)
    assert.equal(host.call('fd_tell', fd, 8), ERRNO.notcapable)
    assert.equal(host.call('fd_fdstat_set_rights', fd, 64n, 0n), ERRNO.notcapable)
    assert.equal(host.call('fd_fdstat_set_flags', fd, 0), ERRNO.notcapable)
  })

  it('changes its flags, but never to synchronous', () => {
    const host = aHost()
    const fd = opened(host, 'dir/file.txt')
    assert.equal(host.call('fd_fdstat_set_flags', fd, 1), ERRNO.success)
    assert.equal(host.call('fd_fdstat_set_flags', fd, 2), ERRNO.notsup)
    assert.equal(host.call('fd_fdstat_set_flags', fd, 64), ERRNO.inval)
    host.call('fd_fdstat_get', fd, 500)
    assert.equal(host.view.getUint16(502, true), 1)
  })

  it('is renumbered over another one and closed once', () => {
    const host = aHost()
    const first = opened(host, 'dir/file.txt')
    const second = opened(host, 'other', { flags: OPEN.create })
    assert.equal(host.call('fd_renumber', first, second), ERRNO.success)
    assert.equal(host.read(second, 2), '01')
    assert.equal(host.call('fd_close', first), ERRNO.badf)
    assert.equal(host.call('fd_renumber', second, second), ERRNO.success)
    assert.equal(host.call('fd_renumber', second, 900), ERRNO.badf)
    assert.equal(host.call('fd_close', second), ERRNO.success)
    assert.equal(host.call('fd_close', second), ERRNO.badf)
    assert.equal(opened(host, 'other'), first)
  })
})

describe('opening', () => {
  it('creates, refuses to create twice, and truncates', () => {
    const host = aHost()
    assert.equal(host.open('new'), ERRNO.noent)
    assert.equal(host.open('new', { flags: OPEN.create }), ERRNO.success)
    assert.equal(host.open('new', { flags: OPEN.create | OPEN.exclusive }), ERRNO.exist)
    const fd = opened(host, 'dir/file.txt', { flags: OPEN.truncate })
    assert.equal(sizeOf(host, fd), 0)
  })

  it('tells files from directories', () => {
    const host = aHost()
    assert.equal(host.open('dir/file.txt', { flags: OPEN.directory }), ERRNO.notdir)
    assert.equal(host.open('dir/file.txt/'), ERRNO.notdir)
    assert.equal(host.open('dir'), ERRNO.isdir)
    assert.equal(host.open('dir', { flags: OPEN.truncate, rights: 0n }), ERRNO.isdir)
    assert.equal(host.open('dir', { flags: OPEN.create | OPEN.directory, rights: 0n }), ERRNO.inval)
    assert.equal(host.open('made/', { flags: OPEN.create }), ERRNO.isdir)
    assert.equal(host.open('made', { flags: OPEN.create | OPEN.directory }), ERRNO.inval)
    assert.equal(host.open('dir/file.txt/below'), ERRNO.notdir)
    assert.equal(host.open('none/below'), ERRNO.noent)
    const fd = opened(host, 'dir', { rights: 1n << 13n })
    assert.equal(host.call('fd_read', fd, ...host.vector(0, 1), 8), ERRNO.isdir)
    assert.equal(host.call('fd_pread', fd, ...host.vector(0, 1), 0n, 8), ERRNO.isdir)
    assert.equal(host.call('fd_seek', fd, 0n, 0, 8), ERRNO.badf)
    assert.equal(host.call('fd_advise', 3, 0n, 0n, 0), ERRNO.badf)
  })

  it('does not leave the directory it starts from', () => {
    const host = aHost()
    assert.equal(host.open('/dir/file.txt'), ERRNO.notcapable)
    assert.equal(host.open('../secret'), ERRNO.notcapable)
    assert.equal(host.open('dir/../../secret'), ERRNO.notcapable)
    assert.equal(host.open('dir/../dir/./file.txt'), ERRNO.success)
    const fd = opened(host, 'dir', { rights: 1n << 13n })
    const path = host.put('../dir/file.txt')
    assert.equal(host.call('path_open', fd, 0, ...path, 0, 2n, 0n, 0, 8), ERRNO.notcapable)
  })

  it('takes only proper paths', () => {
    const host = aHost()
    assert.equal(host.open(''), ERRNO.noent)
    assert.equal(host.open('a\0b'), ERRNO.inval)
    assert.equal(host.open('x'.repeat(256)), ERRNO.nametoolong)
    assert.equal(host.open('x/'.repeat(2_100)), ERRNO.nametoolong)
    host.bytes[AT.text] = 0xff
    assert.equal(host.call('path_open', 3, 0, AT.text, 1, 0, 0n, 0n, 0, 8), ERRNO.ilseq)
    assert.equal(host.call('path_open', 0, 0, AT.text, 1, 0, 0n, 0n, 0, 8), ERRNO.notdir)
    assert.equal(host.call('path_open', 99, 0, AT.text, 1, 0, 0n, 0n, 0, 8), ERRNO.badf)
    assert.equal(host.open('dir/file.txt', { fdFlags: 2 }), ERRNO.success)
    assert.equal(host.open('dir/file.txt', { fdFlags: 32 }), ERRNO.inval)
  })

  it('needs the rights of its directory', () => {
    const host = aHost()
    const fd = opened(host, 'dir', { rights: 1n << 13n })
    const path = host.put('file.txt')
    assert.equal(
      host.call('path_open', fd, 0, ...path, OPEN.create, 2n, 0n, 0, 8),
      ERRNO.notcapable,
    )
    assert.equal(
      host.call('path_open', fd, 0, ...path, OPEN.truncate, 2n, 0n, 0, 8),
      ERRNO.notcapable,
    )
    assert.equal(host.call('path_unlink_file', fd, ...path), ERRNO.notcapable)
  })

  it('ends at 1,024 descriptors', () => {
    const host = aHost()
    let last: number = ERRNO.success
    for (let count = 4; count < 1_024 && last === ERRNO.success; count++)
      last = host.open('dir/file.txt')
    assert.equal(last, ERRNO.success)
    assert.equal(host.open('dir/file.txt'), ERRNO.mfile)
  })
})

describe('the room for files', () => {
  it('ends the run when it is used up', () => {
    const host = openHost({}, { fileBytes: 10 })
    const fd = opened(host, 'f', { flags: OPEN.create })
    assert.equal(host.write(fd, '0123456789'), ERRNO.success)
    assert.throws(() => host.write(fd, 'x'), /more files than allowed/)
  })

  it('comes back when nothing leads to a file any more, not before', () => {
    const host = openHost({}, { fileBytes: 10 })
    const fd = opened(host, 'f', { flags: OPEN.create })
    host.write(fd, '0123456789')
    assert.equal(host.call('path_unlink_file', 3, ...host.put('f')), ERRNO.success)
    const other = opened(host, 'g', { flags: OPEN.create })
    assert.throws(() => host.write(other, 'x'))
    host.call('fd_close', fd)
    assert.equal(host.write(other, '0123456789'), ERRNO.success)
  })

  it('has place for 10,000 files', () => {
    const host = openHost()
    let made = 0
    while (host.open(`f${made}`, { flags: OPEN.create }) === ERRNO.success) {
      host.call('fd_close', host.result())
      made += 1
    }
    assert.equal(made, 9_999)
    assert.equal(host.open('more', { flags: OPEN.create }), ERRNO.nospc)
  })

  it('takes many small appends in time that grows with their number only', () => {
    const host = openHost()
    const fd = opened(host, 'log', { flags: OPEN.create })
    for (let count = 0; count < 50_000; count++) host.write(fd, 'eleven more')
    assert.equal(sizeOf(host, fd), 550_000)
  })
})
