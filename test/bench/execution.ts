import type { Suite } from './harness.ts'
import { benchKernels, kernelFigures } from './kernels.ts'
import { benchPool, poolFigures } from './pool.ts'
import { benchPrograms, programFigures } from './programs.ts'

/** What metering costs real programs, and how soon and how evenly the pool answers. */
export const executionSuite: Suite = {
  name: 'execution',
  figures: [...kernelFigures, ...programFigures, ...poolFigures],
  run: async (progress) => ({
    ...(await benchKernels(progress)),
    ...(await benchPrograms(progress)),
    ...(await benchPool(progress)),
  }),
}
