import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { nameOfAnswer, nameOfAsk, nameOfCall, nameOfLook } from './points.ts'

const root = join(import.meta.dirname, '..', '..', '..')

const parse = (file: string): ts.SourceFile =>
  ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)

const visit = (node: ts.Node, see: (node: ts.Node) => void): void => {
  see(node)
  node.forEachChild((child) => visit(child, see))
}

const literalOf = (node: ts.Node | undefined): string | null =>
  node !== undefined && ts.isStringLiteral(node) ? node.text : null

const fieldOf = (object: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined => {
  for (const field of object.properties) {
    if (ts.isPropertyAssignment(field) && field.name.getText() === name) return field.initializer
  }
  return undefined
}

const hasField = (object: ts.ObjectLiteralExpression, name: string): boolean =>
  object.properties.some((field) => field.name?.getText() === name)

/** What the chain port can be asked, and told, by its own type. */
const readChainPort = () => {
  const calls = new Set<string>()
  const methods = new Set<string>()
  visit(parse(join(root, 'node/ports/chain.ts')), (node) => {
    if (!ts.isTypeAliasDeclaration(node)) return
    if (node.name.text === 'ChainCall') {
      visit(node, (part) => {
        const text = ts.isLiteralTypeNode(part) ? literalOf(part.literal) : null
        if (text !== null) calls.add(text)
      })
    }
    if (node.name.text === 'Chain') {
      visit(node, (part) => {
        if (ts.isMethodSignature(part)) methods.add(part.name.getText())
      })
    }
  })
  return { calls, methods }
}

type Port = ReturnType<typeof readChainPort>

const isNamed = (expression: ts.Expression, name: string): boolean =>
  expression.getText() === name || expression.getText().endsWith(`.${name}`)

const namesOfCallExpression = (node: ts.CallExpression, { methods }: Port): string[] => {
  const { expression } = node
  const callee = ts.isPropertyAccessExpression(expression) ? expression : null
  const method = callee?.name.text ?? expression.getText()
  if (callee && isNamed(callee.expression, 'chain') && methods.has(method)) {
    return ['start', 'stop'].includes(method) ? [] : [nameOfLook(method)]
  }
  if (method !== 'serve') return []
  const type = node.arguments.map(literalOf).find((text) => text !== null && !text.startsWith('/'))
  return type ? [nameOfAnswer(type)] : []
}

const namesOfObject = (node: ts.ObjectLiteralExpression, { calls }: Port): string[] => {
  // A kind of agreement names the question by which it is asked for and answered.
  const question = literalOf(fieldOf(node, 'question'))
  if (question !== null) return [nameOfAsk(question), nameOfAnswer(question)]
  const type = literalOf(fieldOf(node, 'type'))
  if (type === null) return []
  if (hasField(node, 'body')) return [nameOfAsk(type)]
  return calls.has(type) ? [nameOfCall(type)] : []
}

const collectionOf = (node: ts.VariableDeclaration): string[] => {
  const isKind = node.type?.getText().startsWith('RecordKind')
  const { initializer } = node
  if (!isKind || !initializer || !ts.isObjectLiteralExpression(initializer)) return []
  const name = literalOf(fieldOf(initializer, 'name'))
  return name === null ? [] : [`write ${name}`]
}

const namesOf = (node: ts.Node, port: Port): string[] => {
  if (ts.isCallExpression(node)) return namesOfCallExpression(node, port)
  if (ts.isObjectLiteralExpression(node)) return namesOfObject(node, port)
  return ts.isVariableDeclaration(node) ? collectionOf(node) : []
}

/**
 * Everything in these folders' source by which a process touches disk, peers or chain: collections written, questions asked and
 * answered, calls made, looks taken. A point of this list at which no process was killed is a hole in the proof.
 */
export const readRegistry = (folders: readonly string[]): ReadonlySet<string> => {
  const port = readChainPort()
  const names = new Set<string>()
  for (const file of folders.flatMap((folder) => globSync(join(root, folder, '**/*.ts')))) {
    visit(parse(file), (node) => {
      for (const name of namesOf(node, port)) names.add(name)
    })
  }
  return names
}

/** Points of the registry that none of the names stands for. */
export const missingFrom = (registry: ReadonlySet<string>, hit: Iterable<string>): string[] => {
  const names = [...hit]
  return [...registry].filter(
    (point) => !names.some((name) => name === point || name.startsWith(`${point}:`)),
  )
}
