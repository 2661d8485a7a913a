const bit = (position: number): bigint => 1n << BigInt(position)

/** WASI preview 1 rights used here by name. */
export const RIGHT = {
  sync: bit(4),
  read: bit(1),
  seek: bit(2),
  setFlags: bit(3),
  tell: bit(5),
  write: bit(6),
  advise: bit(7),
  allocate: bit(8),
  createDirectory: bit(9),
  createFile: bit(10),
  linkSource: bit(11),
  linkTarget: bit(12),
  open: bit(13),
  readDirectory: bit(14),
  readLink: bit(15),
  renameSource: bit(16),
  renameTarget: bit(17),
  pathStat: bit(18),
  pathSetSize: bit(19),
  pathSetTimes: bit(20),
  stat: bit(21),
  setSize: bit(22),
  setTimes: bit(23),
  symlink: bit(24),
  removeDirectory: bit(25),
  unlink: bit(26),
  poll: bit(27),
} as const

const range = (from: number, to: number): bigint => (bit(to + 1) - 1n) & ~(bit(from) - 1n)

/** Rights that make sense on a regular file. */
export const FILE_RIGHTS = range(0, 8) | range(21, 23) | RIGHT.poll
/** Rights that make sense on a directory. */
export const DIRECTORY_RIGHTS =
  RIGHT.setFlags | RIGHT.sync | RIGHT.advise | range(9, 21) | range(23, 27)
export const ALL_RIGHTS = FILE_RIGHTS | DIRECTORY_RIGHTS
