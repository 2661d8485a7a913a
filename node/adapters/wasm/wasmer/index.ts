// The @wasmer/wasi package as a WASI host, to be compared with Souk's own. Loaded only by children that are asked to use it.

export { createWasmerHost } from './wasmer-host.ts'
