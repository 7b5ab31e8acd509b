/** Edits between two words: insert, delete, replace, and swap neighbours (optimal string alignment). */
const distance = (a: string, b: string): number => {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replace = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? (before[j - 2] ?? 0) + 1 : Infinity;
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replace, swap));
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
};

/** The known word that was probably meant, ignoring case and separators; undefined when none is near. */
export const didYouMean = (word: string, known: readonly string[]): string | undefined => {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[-_ ]/g, '');
  const nearest = known
    .map((candidate) => ({ candidate, edits: distance(plain(word), plain(candidate)) }))
    .sort((a, b) => a.edits - b.edits)[0];
  const limit = Math.max(1, Math.floor(word.length / 3));
  return nearest && nearest.edits <= limit ? nearest.candidate : undefined;
};

/** The fix of a mistake: the known word that was probably meant, where one is near, and what to do otherwise. */
export const orMeant = (word: string, known: readonly string[], otherwise: string): string => {
  const meant = didYouMean(word, known);
  return meant === undefined ? otherwise : `did you mean "${meant}"? Otherwise ${otherwise}`;
};
