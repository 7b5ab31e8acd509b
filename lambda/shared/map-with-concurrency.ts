/**
 * Does the work for each item, so many at a time, and once more for those that failed: among thousands of calls one is
 * refused now and then, and must not cost all the others. Never rejects.
 * @returns what came of each, in the items' order
 */
export const mapWithConcurrency = async <T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<readonly PromiseSettledResult<R>[]> => {
  const results: PromiseSettledResult<R>[] = [];
  const all = async (indexes: readonly number[]): Promise<void> => {
    const waiting = indexes.values();
    const worker = async (): Promise<void> => {
      for (const index of waiting) {
        [results[index]] = await Promise.allSettled([work(items[index] as T)]);
      }
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, indexes.length) }, worker));
  };
  await all([...items.keys()]);
  await all([...items.keys()].filter((index) => results[index]?.status === 'rejected'));
  return results;
};
