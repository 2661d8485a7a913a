// The composition root's parts: each file opens or wires one group of modules.
export { type Closers, createClosers } from './closers.ts'
export { createBuyer } from './create-buyer.ts'
export { createParts, type Parts } from './create-parts.ts'
export { createSeller } from './create-seller.ts'
export { openBase, type Secrets } from './open-base.ts'
export { createApi, openControl } from './open-control.ts'
export { chance, clock } from './system.ts'
