import type { Program } from '../programs/index.ts'
import type { Ran } from './order.ts'
import { differenceOf, type Pin, pinOf } from './pins.ts'

/** What is wrong with one run of a program; empty where nothing is. */
export const complaintsAbout = (
  ran: Ran,
  { program, pin }: { program: Pick<Program, 'expected'>; pin: Pin | undefined },
): readonly string[] => {
  const complaints: string[] = []
  const stdout = Buffer.from(ran.stdout, 'base64').toString('utf8')
  if (ran.verdict !== 'exit' || ran.exitCode !== 0) {
    complaints.push(`ended by ${ran.verdict} ${ran.exitCode} ${ran.detail}`.trim())
  }
  if (program.expected !== null && stdout !== program.expected) {
    complaints.push(`said ${JSON.stringify(stdout.slice(0, 200))}`)
  }
  if (!pin) return [...complaints, 'is not pinned: run npm run test:wasm -- --write']
  const difference = differenceOf(pinOf(ran), pin)
  return difference ? [...complaints, difference] : complaints
}
