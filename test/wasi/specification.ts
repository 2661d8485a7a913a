import { z } from 'zod'

const start = {
  args: z.array(z.string()).default([]),
  env: z.record(z.string(), z.string()).default({}),
  root: z.string().nullable().default(null),
}

/** The shorter form of a test's JSON file: one run and what it must end with. */
const Plain = z.strictObject({
  ...start,
  dirs: z.array(z.string()).default([]),
  exit_code: z.number().default(0),
  stdout: z.string().optional(),
  stderr: z.string().optional(),
})

const Operation = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('run'), ...start }),
  z.strictObject({ type: z.literal('wait'), exit_code: z.number().default(0) }),
  z.strictObject({
    type: z.literal('read'),
    id: z.enum(['stdout', 'stderr']).default('stdout'),
    payload: z.string().default(''),
  }),
])

const Operations = z.strictObject({
  proposals: z.array(z.string()).max(0).default([]),
  operations: z.array(Operation),
})

/** One run of a test program, and what must come of it; an output that is null may be anything. */
export type Specification = {
  args: readonly string[]
  env: Readonly<Record<string, string>>
  /** Folder beside the test that the program sees as its root. */
  root: string | null
  /** Folders beside the test that the program sees under their own names. */
  dirs: readonly string[]
  exitCode: number
  stdout: string | null
  stderr: string | null
}

const afterOperation = (
  known: Specification,
  operation: z.output<typeof Operation>,
): Specification => {
  switch (operation.type) {
    case 'run':
      return { ...known, args: operation.args, env: operation.env, root: operation.root }
    case 'wait':
      return { ...known, exitCode: operation.exit_code }
    case 'read':
      return { ...known, [operation.id]: operation.payload }
  }
}

/** The specification in a JSON file of the public WASI test suite, in either of its forms; null stands for no file. */
export const readSpecification = (text: string | null): Specification => {
  const json: unknown = JSON.parse(text ?? '{}')
  if (typeof json === 'object' && json !== null && 'operations' in json) {
    return Operations.parse(json).operations.reduce(afterOperation, readSpecification(null))
  }
  const { exit_code: exitCode, stdout = null, stderr = null, ...run } = Plain.parse(json)
  return { ...run, exitCode, stdout, stderr }
}
