/** How many runs a property gets: `usual`, or FC_RUNS where the long form asks for more. */
export const runs = (usual: number): number => Number(process.env.FC_RUNS ?? usual)
