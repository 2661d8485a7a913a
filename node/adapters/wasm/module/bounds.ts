/**
 * What a module may contain at most. Real programs stay far below (esbuild, SQLite, Ruby, Perl were measured); beyond them lie modules
 * made to exhaust the compiler: 130 KB of valid code with 50,000 locals in 10,000 blocks cost 16 s and 5.8 GB.
 */
export const MODULE_BOUNDS = {
  moduleBytes: 32 << 20,
  codeBytes: 16 << 20,
  meteredCodeBytes: 128 << 20,
  types: 10_000,
  parameters: 1_000,
  imports: 1_000,
  functions: 50_000,
  tables: 16,
  tableEntries: 1 << 20,
  globals: 10_000,
  exports: 10_000,
  elementSegments: 10_000,
  dataSegments: 100_000,
  bodyBytes: 512 << 10,
  locals: 10_000,
  // Locals and operands times branches, and the values that calls and branches move.
  compileWork: 16_000_000,
  compileWorkTotal: 64_000_000,
  nesting: 5_000,
  branchTableEntries: 16_384,
} as const
