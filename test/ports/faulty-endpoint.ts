// An HTTP endpoint in front of a chain that can be made to fail in the ways endpoints do.
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Mood =
  | { type: 'good' }
  /** Connections are cut. */
  | { type: 'down' }
  /** Answers come, but later than anybody waits. */
  | { type: 'slow' }
  /** Every answer is an HTTP error, or a JSON-RPC one. */
  | { type: 'http-error'; status: number }
  | { type: 'rpc-error'; code: number; message: string }

export type FaultyEndpoint = {
  url: string
  set(mood: Mood): void
  /** Hides these methods' effects: the request is answered as if it had been taken, and goes nowhere. */
  swallow(method: string, answer: unknown): void
  /** Lets the request through and cuts the connection before its answer, once. */
  cutNextAnswer(method: string): void
  /** How often it was asked, for one method or in all. */
  asked(method?: string): number
  stop(): Promise<void>
}

type Question = { id: number; method: string; params: unknown[] }

const bodyOf = async (request: AsyncIterable<unknown>): Promise<Question> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString()) as Question
}

/** A faulty endpoint in front of `target`, good until told otherwise. */
export const startFaultyEndpoint = async (target: string): Promise<FaultyEndpoint> => {
  let mood: Mood = { type: 'good' }
  const asked = new Map<string, number>()
  const swallowed = new Map<string, unknown>()
  const cut = new Set<string>()

  const forward = async (question: Question, response: ServerResponse): Promise<void> => {
    const { id, method } = question
    if (swallowed.has(method)) {
      const result = swallowed.get(method)
      swallowed.delete(method)
      response.end(JSON.stringify({ jsonrpc: '2.0', id, result }))
      return
    }
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(target, { method: 'POST', headers, body: JSON.stringify(question) })
    const text = await answer.text()
    if (cut.delete(method)) response.destroy()
    else response.end(text)
  }

  const answer = async (question: Question, response: ServerResponse): Promise<void> => {
    asked.set(question.method, (asked.get(question.method) ?? 0) + 1)
    switch (mood.type) {
      case 'good':
        return forward(question, response)
      case 'down':
        return void response.destroy()
      case 'slow':
        // Never: whoever asked gives up first, and that ends the connection.
        return
      case 'http-error':
        response.statusCode = mood.status
        return void response.end('busy')
      case 'rpc-error': {
        const { code, message } = mood
        const error = { jsonrpc: '2.0', id: question.id, error: { code, message } }
        return void response.end(JSON.stringify(error))
      }
    }
  }

  const server = createServer(async (request, response) => {
    try {
      await answer(await bodyOf(request), response)
    } catch {
      response.destroy()
    }
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    set: (next) => {
      mood = next
    },
    swallow: (method, result) => void swallowed.set(method, result),
    cutNextAnswer: (method) => void cut.add(method),
    asked: (method) =>
      method === undefined
        ? [...asked.values()].reduce((sum, times) => sum + times, 0)
        : (asked.get(method) ?? 0),
    stop: async () => {
      server.closeAllConnections()
      await new Promise<unknown>((done) => server.close(done))
    },
  }
}
