// AssemblyScript. Counts the words of a text on standard input and writes the most frequent ones, a line each: count, tab, word.
// Argument: how many lines (default 10). Ends with 1 where the text has no words.

const LETTER_A: i32 = 97
const LETTER_Z: i32 = 122
const CASE_BIT: i32 = 32
const BUFFER_BYTES: i32 = 1 << 16

function readAll(): string {
  const buffer = new ArrayBuffer(BUFFER_BYTES)
  let text = ''
  let count = <i32>process.stdin.read(buffer)
  while (count > 0) {
    text += String.UTF8.decode(buffer.slice(0, count))
    count = <i32>process.stdin.read(buffer)
  }
  return text
}

const counts = new Map<string, i32>()

function add(word: string): void {
  counts.set(word, counts.has(word) ? counts.get(word) + 1 : 1)
}

const text = readAll()
let word = ''
for (let at = 0; at < text.length; at++) {
  const letter = text.charCodeAt(at) | CASE_BIT
  if (letter >= LETTER_A && letter <= LETTER_Z) {
    word += String.fromCharCode(letter)
  } else if (word.length > 0) {
    add(word)
    word = ''
  }
}
if (word.length > 0) add(word)

// Words of equal count by alphabet: the order must not depend on how a map is laid out.
const words = counts.keys()
words.sort((one, other) => {
  const difference = counts.get(other) - counts.get(one)
  if (difference !== 0) return difference
  return one < other ? -1 : 1
})

const wanted = process.argv.length > 1 ? <i32>parseInt(process.argv[1], 10) : 10
for (let place = 0; place < min(wanted, words.length); place++) {
  process.stdout.write(`${counts.get(words[place])}\t${words[place]}\n`)
}
if (words.length === 0) process.exit(1)
