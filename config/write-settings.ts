import { readFile, rename, writeFile } from 'node:fs/promises'
import { parseDocument } from 'yaml'

const readOrNothing = async (file: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

/** Sets values by path (`market.pricePerMfuel`) in a settings file and leaves everything else of it, comments too; makes the file where there is none. */
export const writeSettings = async (
  file: string,
  values: Readonly<Record<string, string | number>>,
): Promise<void> => {
  const document = parseDocument(await readOrNothing(file))
  for (const [path, value] of Object.entries(values)) document.setIn(path.split('.'), value)
  const isJson = file.endsWith('.json')
  const text = isJson ? `${JSON.stringify(document.toJS(), null, 2)}\n` : document.toString()
  // Whole or not at all: a node may read the file at this moment.
  const draft = `${file}.draft`
  await writeFile(draft, text)
  await rename(draft, file)
}
