import { type Declarations, EXPORT_KIND } from './declarations.ts'
import type { ModuleFault } from './faults.ts'
import { ADDED_EXPORTS } from './helper-functions.ts'
import { formatFunctionType } from './value-types.ts'

const startFaults = ({ exports, functions, types }: Declarations): ModuleFault[] => {
  const start = exports.find(({ name }) => name === '_start')
  const type = start?.kind === EXPORT_KIND.function && types[functions[start.index] ?? -1]
  if (type && formatFunctionType(type) === '() -> ()') return []
  return [{ code: 'START_MISSING', where: '_start', detail: 'no function () -> ()' }]
}

const memoryFaults = ({ exports, memory }: Declarations): ModuleFault[] => {
  if (memory === null) {
    return [{ code: 'MEMORY_MISSING', where: 'memory', detail: 'the module has no memory' }]
  }
  if (exports.some(({ name, kind }) => name === 'memory' && kind === EXPORT_KIND.memory)) return []
  return [{ code: 'MEMORY_MISSING', where: 'memory', detail: 'memory is not exported' }]
}

const reservedFaults = ({ exports }: Declarations): ModuleFault[] => {
  const reserved: readonly string[] = Object.values(ADDED_EXPORTS)
  return exports
    .filter(({ name }) => reserved.includes(name))
    .map(({ name }) => ({
      code: 'EXPORT_RESERVED',
      where: name,
      detail: 'the name belongs to the meter',
    }))
}

/** Why a module is no WASI command that a node runs: every reason, not just the first. */
export const commandFaults = (declared: Declarations, hasStart: boolean): ModuleFault[] => [
  ...declared.strangeImports,
  ...startFaults(declared),
  ...memoryFaults(declared),
  ...reservedFaults(declared),
  ...(hasStart
    ? [
        {
          code: 'START_SECTION',
          where: 'start section',
          detail: 'code before _start would run without fuel',
        } as const,
      ]
    : []),
]
