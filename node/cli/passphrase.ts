import { Fault } from '../../protocols/common/index.ts'
import type { CliDeps, CliSettings } from './deps.ts'

type Where = Pick<CliDeps, 'terminal' | 'files'>
type Given = Pick<CliSettings<unknown>, 'passphrase' | 'passphraseFile'>

// Editors end a file with a newline; a passphrase does not.
const firstLine = (bytes: Uint8Array): string =>
  (Buffer.from(bytes).toString('utf8').split('\n')[0] ?? '').replace(/\r$/, '')

const findGiven = async (
  { files }: Where,
  { passphrase, passphraseFile }: Given,
): Promise<string | null> => {
  if (passphraseFile === null) return passphrase
  const bytes = await files.read(passphraseFile)
  if (bytes !== null) return firstLine(bytes)
  throw new Fault('FILE_MISSING', `No file ${passphraseFile}`, { path: passphraseFile })
}

const missing = () =>
  new Fault(
    'PASSPHRASE_MISSING',
    'No passphrase: use --passphrase-file or SOUK_PASSPHRASE, or run in a terminal to be asked',
  )

/** The passphrase of the agent's key: from a file, the environment or a hidden prompt, in this order. */
export const findPassphrase = async (where: Where, given: Given): Promise<string> => {
  const found = await findGiven(where, given)
  if (found !== null) return found
  const typed = await where.terminal.askHidden('Passphrase of the agent key: ')
  if (typed === null) throw missing()
  return typed
}

/** The passphrase for a new key; typed twice when it is typed. */
export const choosePassphrase = async (where: Where, given: Given): Promise<string> => {
  const found = await findGiven(where, given)
  if (found !== null) return found
  const typed = await where.terminal.askHidden('New passphrase for the agent key: ')
  if (typed === null) throw missing()
  const again = await where.terminal.askHidden('The same again: ')
  if (typed === again) return typed
  throw new Fault('PASSPHRASE_MISTYPED', 'The two passphrases differ')
}
