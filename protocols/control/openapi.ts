import { z } from 'zod'
import { Problem } from './problem.ts'
import type { Route } from './routes.ts'
import { isMutation, routes } from './routes.ts'

type Json = Record<string, unknown>

const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): Json => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json
  return rest
}

const parametersIn = (place: 'path' | 'query', schema: z.ZodType | undefined): Json[] => {
  if (!schema) return []
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as {
    properties?: Record<string, Json>
    required?: string[]
  }
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: required.includes(name),
    schema: property,
  }))
}

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'The same key with the same body gets the same answer and acts once',
  schema: { type: 'string', minLength: 1, maxLength: 200 },
}

const contentOf = (schema: z.ZodType | 'bytes', io: 'input' | 'output'): Json =>
  schema === 'bytes'
    ? { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } }
    : { 'application/json': { schema: schemaOf(schema, io) } }

const successOf = (route: Route): Json =>
  route.answer === 'events'
    ? { 101: { description: 'A WebSocket of events, one JSON object a message' } }
    : { 200: { description: 'Done', content: contentOf(route.answer, 'output') } }

const operationOf = (name: string, route: Route): Json => ({
  operationId: name,
  summary: route.summary,
  'x-scope': route.scope,
  security: route.scope === 'public' ? [] : [{ bearer: [] }],
  parameters: [
    ...parametersIn('path', route.params),
    ...parametersIn('query', route.query),
    ...(isMutation(route) ? [idempotencyKey] : []),
  ],
  ...(route.body && { requestBody: { required: true, content: contentOf(route.body, 'input') } }),
  responses: {
    ...successOf(route),
    default: {
      description: 'A problem document with the machine code',
      content: {
        'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
      },
    },
  },
})

/** The table of routes as an OpenAPI 3.1 document. */
export const openApiOf = (version: string): Json => {
  const paths: Record<string, Json> = {}
  for (const [name, route] of Object.entries(routes)) {
    const path = route.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(name, route) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Souk control port', version },
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: schemaOf(Problem, 'output') },
    },
  }
}
