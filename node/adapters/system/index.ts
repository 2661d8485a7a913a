// What the node asks of the machine it runs on: time, chance, logs, keys and the lock on its data folder.
export { createSigner, recoverSigner } from './signer.ts'
