// Runs WebAssembly commands in child processes: judged, metered, bounded, deterministic. Implements the Sandbox port.

export { type KernelSpeed, measureSpeeds } from './calibration/index.ts'
export { createSandbox, type SandboxDeps, type SandboxOptions } from './create-sandbox.ts'
export type { EngineOptions } from './engine.ts'
export type { SandboxFaultCode } from './pool/index.ts'
