import type { z } from 'zod'
import type { RouteName, routes } from '../../protocols/control/index.ts'
import type { Grant } from './tokens.ts'

type Routes = typeof routes
type Parsed<R, Key extends string> = R extends Record<Key, z.ZodType> ? z.output<R[Key]> : unknown
type BodyOf<R> = R extends { body: 'bytes' } ? Uint8Array : Parsed<R, 'body'>

/** A checked request. `requestId` stays the same when the same request comes again. */
export type Call<Name extends RouteName> = {
  params: Parsed<Routes[Name], 'params'>
  query: Parsed<Routes[Name], 'query'>
  body: BodyOf<Routes[Name]>
  grant: Grant | null
  requestId: string
}

/** One function for each route, from what was asked to what is shown. */
export type Handlers = {
  [Name in Exclude<RouteName, 'events'>]: (call: Call<Name>) => Promise<unknown>
}
