/** A parenthesised form of WebAssembly's text: what it says, and where in the source it stands. */
export type Form = { items: readonly (Form | string)[]; from: number; to: number }

const STRING = /"(?:[^"\\]|\\[\s\S])*"/y
const ATOM = /[^\s()";]+/y
const BLANK = /\s+|;;[^\n]*/y

const skipBlockComment = (text: string, from: number): number => {
  let depth = 0
  for (let at = from; at < text.length; at++) {
    const pair = text.slice(at, at + 2)
    if (pair !== '(;' && pair !== ';)') continue
    depth += pair === '(;' ? 1 : -1
    at++
    if (depth === 0) return at + 1
  }
  throw new Error('a comment does not end')
}

const skipBlank = (text: string, from: number): number => {
  let at = from
  for (;;) {
    BLANK.lastIndex = at
    if (BLANK.test(text)) at = BLANK.lastIndex
    else if (text.startsWith('(;', at)) at = skipBlockComment(text, at)
    else return at
  }
}

const readWord = (text: string, at: number): string => {
  const pattern = text[at] === '"' ? STRING : ATOM
  pattern.lastIndex = at
  const found = pattern.exec(text)?.[0]
  if (!found) throw new Error(`nothing known at character ${at}`)
  return found
}

/** The outermost forms of a text. */
export const readForms = (text: string): readonly Form[] => {
  const open: { items: (Form | string)[]; from: number }[] = [{ items: [], from: 0 }]
  const innermost = () => open.at(-1) as { items: (Form | string)[]; from: number }
  for (let at = skipBlank(text, 0); at < text.length; at = skipBlank(text, at)) {
    if (text[at] === '(') {
      open.push({ items: [], from: at })
      at++
    } else if (text[at] === ')') {
      const { items, from } = open.pop() as { items: (Form | string)[]; from: number }
      at++
      innermost().items.push({ items, from, to: at })
    } else {
      const word = readWord(text, at)
      innermost().items.push(word)
      at += word.length
    }
  }
  if (open.length !== 1) throw new Error('a form does not end')
  return innermost().items.filter((item): item is Form => typeof item !== 'string')
}

export const isForm = (item: Form | string | undefined): item is Form => typeof item === 'object'

/** The first word of a form. */
export const headOf = (form: Form): string =>
  typeof form.items[0] === 'string' ? form.items[0] : ''

const ESCAPES: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, '"': 34, "'": 39, '\\': 92 }

/** The bytes that a string with its quotes stands for. */
export const bytesOfString = (quoted: string): number[] => {
  const bytes: number[] = []
  for (let at = 1; at < quoted.length - 1; at++) {
    if (quoted[at] !== '\\') {
      const character = String.fromCodePoint(quoted.codePointAt(at) as number)
      bytes.push(...Buffer.from(character))
      at += character.length - 1
      continue
    }
    const next = quoted[at + 1] as string
    if (next === 'u') {
      const end = quoted.indexOf('}', at)
      bytes.push(...Buffer.from(String.fromCodePoint(parseInt(quoted.slice(at + 3, end), 16))))
      at = end
    } else if (next in ESCAPES) {
      bytes.push(ESCAPES[next] as number)
      at++
    } else {
      bytes.push(parseInt(quoted.slice(at + 1, at + 3), 16))
      at += 2
    }
  }
  return bytes
}

export const textOfString = (quoted: string): string =>
  Buffer.from(bytesOfString(quoted)).toString()
