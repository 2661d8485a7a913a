import { createSystemChance, createSystemClock } from '../adapters/system/index.ts'

export const clock = createSystemClock()
export const chance = createSystemChance()
