import fc from 'fast-check'

// A second opinion on fuel: programs as trees, run and priced one instruction at a time, with none of the meter's code.

type Expression =
  | { type: 'number'; value: number }
  | { type: 'local'; index: number }
  | { type: 'binary'; operator: keyof typeof OPERATORS; left: Expression; right: Expression }

type Statement =
  | { type: 'set'; index: number; value: Expression }
  | { type: 'if'; condition: Expression; whenTrue: Statement[]; otherwise: Statement[] | null }
  | { type: 'loop'; turns: number; body: Statement[] }
  | { type: 'leave-if'; condition: Expression; body: Statement[] }
  | { type: 'store'; place: number; value: Expression }

export type Program = { statements: Statement[]; result: Expression }

const LOCALS = 3
const OPERATORS = {
  add: { cost: 1n, run: (a: number, b: number) => (a + b) | 0 },
  sub: { cost: 1n, run: (a: number, b: number) => (a - b) | 0 },
  mul: { cost: 1n, run: (a: number, b: number) => Math.imul(a, b) },
  xor: { cost: 1n, run: (a: number, b: number) => a ^ b },
  lt_s: { cost: 1n, run: (a: number, b: number) => (a < b ? 1 : 0) },
} as const

const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ type: fc.constant('number' as const), value: fc.integer({ min: -99, max: 99 }) }),
    fc.record({ type: fc.constant('local' as const), index: fc.nat(LOCALS - 1) }),
    fc.record({
      type: fc.constant('binary' as const),
      operator: fc.constantFrom(...(Object.keys(OPERATORS) as (keyof typeof OPERATORS)[])),
      left: tie('expression'),
      right: tie('expression'),
    }),
  ),
}))

const { body } = fc.letrec<{ statement: Statement; body: Statement[] }>((tie) => ({
  body: fc.array(tie('statement'), { maxLength: 4, depthIdentifier: 'body' }),
  statement: fc.oneof(
    { depthSize: 'small', depthIdentifier: 'body' },
    fc.record({ type: fc.constant('set' as const), index: fc.nat(LOCALS - 1), value: expression }),
    fc.record({ type: fc.constant('store' as const), place: fc.nat(1000), value: expression }),
    fc.record({
      type: fc.constant('if' as const),
      condition: expression,
      whenTrue: tie('body'),
      otherwise: fc.option(tie('body')),
    }),
    fc.record({
      type: fc.constant('loop' as const),
      turns: fc.integer({ min: 1, max: 4 }),
      body: tie('body'),
    }),
    fc.record({ type: fc.constant('leave-if' as const), condition: expression, body: tie('body') }),
  ),
}))

export const someProgram: fc.Arbitrary<Program> = fc.record({
  statements: body,
  result: expression,
})

const expressionText = (e: Expression): string => {
  switch (e.type) {
    case 'number':
      return `(i32.const ${e.value})`
    case 'local':
      return `(local.get ${e.index})`
    case 'binary':
      return `(i32.${e.operator} ${expressionText(e.left)} ${expressionText(e.right)})`
  }
}

// Each loop counts in a local of its own, numbered by its depth.
const statementText = (s: Statement, depth: number): string => {
  const inner = (list: Statement[], deeper = 0) =>
    list.map((statement) => statementText(statement, depth + deeper)).join('\n')
  switch (s.type) {
    case 'set':
      return `(local.set ${s.index} ${expressionText(s.value)})`
    case 'store':
      return `(i32.store (i32.const ${s.place}) ${expressionText(s.value)})`
    case 'if': {
      const otherwise = s.otherwise ? `(else ${inner(s.otherwise)})` : ''
      return `(if ${expressionText(s.condition)} (then ${inner(s.whenTrue)}) ${otherwise})`
    }
    case 'loop': {
      const counter = LOCALS + depth
      return `(local.set ${counter} (i32.const 0)) (loop ${inner(s.body, 1)}
        (local.set ${counter} (i32.add (local.get ${counter}) (i32.const 1)))
        (br_if 0 (i32.lt_s (local.get ${counter}) (i32.const ${s.turns}))))`
    }
    case 'leave-if':
      return `(block (br_if 0 ${expressionText(s.condition)}) ${inner(s.body)})`
  }
}

export const programText = ({ statements, result }: Program): string =>
  `(local ${'i32 '.repeat(LOCALS + 40)})
   ${statements.map((statement) => statementText(statement, 0)).join('\n')}
   (call $exit ${expressionText(result)})`

const HOST_CALL = 500n
const CALL = 6n

/** Runs a program and adds up its price. */
export const fuelByHand = ({ statements, result }: Program): { fuel: bigint; exitCode: number } => {
  const locals = Array<number>(LOCALS).fill(0)
  let fuel = 0n
  const value = (e: Expression): number => {
    if (e.type === 'number' || e.type === 'local') {
      fuel += 1n
      return e.type === 'number' ? e.value : (locals[e.index] as number)
    }
    const [left, right] = [value(e.left), value(e.right)]
    const operator = OPERATORS[e.operator]
    fuel += operator.cost
    return operator.run(left, right)
  }
  const run = (s: Statement): void => {
    switch (s.type) {
      case 'set':
        locals[s.index] = value(s.value)
        fuel += 1n
        return
      case 'store':
        value(s.value)
        fuel += 1n + 3n
        return
      case 'if': {
        const chosen = value(s.condition) ? s.whenTrue : (s.otherwise ?? [])
        fuel += 1n
        chosen.forEach(run)
        return
      }
      case 'loop':
        fuel += 2n
        for (let turn = 0; turn < s.turns; turn++) {
          fuel += 1n
          s.body.forEach(run)
          // get, const, add, set, then get, const, compare, branch.
          fuel += 8n
        }
        return
      case 'leave-if': {
        const leaves = value(s.condition)
        fuel += 1n
        if (!leaves) s.body.forEach(run)
      }
    }
  }
  statements.forEach(run)
  const exitCode = value(result)
  return { fuel: fuel + CALL + HOST_CALL, exitCode }
}
