import type { Screen } from './screen.ts'
import type { Words } from './telling.ts'

/** What every act of the demo works with. */
export type Stage = {
  screen: Screen
  words: Words
  signal: AbortSignal
  /** Where pictures and minified files go. */
  outFolder: string
  /** Where agents, chain and logs live while the demo runs. */
  folder: string
  /** Runs one step and says how long it took; `tell` changes what is shown meanwhile. */
  step<T>(
    name: string,
    work: (tell: (text: string) => void) => Promise<[text: string, T]>,
  ): Promise<T>
  /** Adds something to undo at the end, last first. */
  atEnd(undo: () => Promise<void>): void
}

type Basics = Pick<Stage, 'screen' | 'words' | 'signal' | 'outFolder' | 'folder'>

const seconds = (sinceMs: number): string =>
  `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`

/** Sets the stage; `clear` undoes everything, whatever fails on the way. */
export const createStage = (
  basics: Basics,
): Stage & { clear(): Promise<void>; elapsed(): string } => {
  const { screen, words, signal } = basics
  const started = performance.now()
  const undos: (() => Promise<void>)[] = []
  const lineOf = (name: string, text: string) => `  ${words.paint('dim', name.padEnd(8))} ${text}`
  return {
    ...basics,
    atEnd: (undo) => undos.push(undo),
    elapsed: () => seconds(started),
    step: async (name, work) => {
      const since = performance.now()
      const tell = (text: string) => screen.show([lineOf(name, words.paint('dim', text))])
      tell('…')
      const [text, value] = await work(tell)
      signal.throwIfAborted()
      screen.say(`${lineOf(name, text)}  ${words.paint('dim', seconds(since))}`)
      return value
    },
    clear: async () => {
      for (const undo of undos.splice(0).reverse()) await undo().catch(() => undefined)
    },
  }
}
