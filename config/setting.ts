import { z } from 'zod'

/** Tokens as decimal text, never a floating-point number. */
export const amount = z.string().regex(/^(0|[1-9]\d{0,28})(\.\d{1,36})?$/)
export const wholeNumber = z.string().regex(/^(0|[1-9]\d{0,19})$/)
export const multiaddr = z.string().regex(/^(\/[^/\s]+)+$/)
export const path = z.string().min(1).max(4_096)
export const int = (min: number, max: number) => z.int().min(min).max(max)

/** What the settings page says of a field beside its type and default. `form` describes what a pattern accepts. */
type About = { unit?: string; form?: string; kind?: 'path' | 'secret' }

export const setting = <T extends z.ZodType>(type: T, description: string, about: About = {}): T =>
  type.meta({ description, ...about })

export const AMOUNT = { unit: 'tokens', form: 'an amount of tokens such as "0.50"' }
export const PATH = { kind: 'path', form: 'a path' } as const
