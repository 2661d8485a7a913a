// Child processes that hold guests: started under Node's permission model, watched, killed, replaced.

export { type ChildRole, startChild } from './child-process.ts'
export { type Executed, executeJob, type Order } from './execute.ts'
export type { SandboxFaultCode } from './faults.ts'
export { inspectModule } from './inspect.ts'
export { createPool, type Pool } from './pool.ts'
