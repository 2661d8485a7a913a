import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { formatUnits, parseUnits } from 'viem'
import { formatAmount, MAX_AMOUNT, parseAmount } from '../../../protocols/common/index.ts'

const anyAmount = fc.bigInt({ min: 0n, max: MAX_AMOUNT })
const anyDecimals = fc.integer({ min: 0, max: 24 })

describe('an amount in text', () => {
  const cases: [text: string, decimals: number, amount: bigint][] = [
    ['0.50', 6, 500_000n],
    ['10.00', 6, 10_000_000n],
    ['0', 18, 0n],
    ['7', 0, 7n],
    ['7.000', 0, 7n],
    ['0.000001', 6, 1n],
    ['79228162514.264337593543950335', 18, MAX_AMOUNT],
  ]
  for (const [text, decimals, amount] of cases) {
    it(`${text} with ${decimals} decimals is ${amount}`, () => {
      assert.equal(parseAmount(text, decimals), amount)
    })
  }

  const refused = ['', '.5', '5.', '-1', '+1', '1e6', '1,5', ' 1', '1 ', '01', '0x1', '1_0', '١']
  for (const text of [
    ...refused,
    'NaN',
    '1.2.3',
    '79228162514264337.593543950336',
    '9'.repeat(99),
  ]) {
    it(`${JSON.stringify(text)} is none`, () => assert.equal(parseAmount(text, 6), null))
  }

  it('finer than the token is none, unless with zeros', () => {
    assert.equal(parseAmount('0.0000001', 6), null)
    assert.equal(parseAmount('0.1000000', 6), 100_000n)
  })
})

describe('an amount as text', () => {
  const cases: [amount: bigint, decimals: number, text: string][] = [
    [0n, 6, '0.00'],
    [500_000n, 6, '0.50'],
    [1n, 6, '0.000001'],
    [-1_230_000n, 6, '-1.23'],
    [5n, 1, '0.5'],
    [5n, 0, '5'],
    [-5n, 0, '-5'],
    [10n ** 18n, 18, '1.00'],
  ]
  for (const [amount, decimals, text] of cases) {
    it(`${amount} with ${decimals} decimals is ${text}`, () => {
      assert.equal(formatAmount(amount, decimals), text)
    })
  }
})

describe('any amount', () => {
  it('comes back from text exactly', () => {
    fc.assert(
      fc.property(anyAmount, anyDecimals, (amount, decimals) => {
        assert.equal(parseAmount(formatAmount(amount, decimals), decimals), amount)
      }),
    )
  })

  it('is what viem makes of it, either way', () => {
    fc.assert(
      fc.property(anyAmount, anyDecimals, (amount, decimals) => {
        assert.equal(parseUnits(formatAmount(amount, decimals), decimals), amount)
        assert.equal(parseAmount(formatUnits(amount, decimals), decimals), amount)
      }),
    )
  })

  it('is not given by any text that is not plain decimal', () => {
    fc.assert(
      fc.property(fc.string(), anyDecimals, (text, decimals) => {
        fc.pre(!/^\d+(\.\d+)?$/.test(text))
        assert.equal(parseAmount(text, decimals), null)
      }),
    )
  })
})
