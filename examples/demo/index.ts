export const runDemo = async (_args: readonly string[], _deps: object): Promise<number> => 0
