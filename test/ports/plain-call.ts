import type { ChainCall } from '../../node/ports/index.ts'

const MARK = 'bigint:'

/** A call as JSON can carry it. */
export const toPlain = (call: ChainCall): unknown =>
  JSON.parse(
    JSON.stringify(call, (_, value) => (typeof value === 'bigint' ? `${MARK}${value}` : value)),
  )

/** The call that `toPlain` was given. */
export const fromPlain = (plain: unknown): ChainCall =>
  JSON.parse(JSON.stringify(plain), (_, value) =>
    typeof value === 'string' && value.startsWith(MARK) ? BigInt(value.slice(MARK.length)) : value,
  )
