/** Canonical Huffman codes, as RFC 1951 has them. */

export interface Code {
  readonly value: number;
  /** Bits; 0: the symbol is not used. */
  readonly length: number;
}

interface Bundle {
  readonly weight: number;
  readonly symbols: readonly number[];
}

const byWeight = (a: Bundle, b: Bundle): number => a.weight - b.weight;

/**
 * The lengths of the shortest codes, none longer than `longest`, by package-merge.
 * @param counts how often each symbol is used
 */
export const codeLengths = (counts: readonly number[], longest: number): number[] => {
  const lengths = counts.map(() => 0);
  const leaves: Bundle[] = counts
    .map((weight, symbol) => ({ weight, symbols: [symbol] }))
    .filter(({ weight }) => weight > 0)
    .sort(byWeight);
  if (leaves.length === 1) {
    lengths[leaves[0]!.symbols[0]!] = 1;
    return lengths;
  }
  let level: Bundle[] = [];
  for (let depth = 0; depth < longest; depth++) {
    const pairs: Bundle[] = [];
    for (let at = 0; at + 1 < level.length; at += 2)
      pairs.push({
        weight: level[at]!.weight + level[at + 1]!.weight,
        symbols: [...level[at]!.symbols, ...level[at + 1]!.symbols],
      });
    level = [...leaves, ...pairs].sort(byWeight);
  }
  for (const { symbols } of level.slice(0, 2 * leaves.length - 2))
    for (const symbol of symbols) lengths[symbol]!++;
  return lengths;
};

/** RFC 1951, 3.2.2. */
export const codesOf = (lengths: readonly number[]): Code[] => {
  const next = Array<number>(17).fill(0);
  for (let length = 1; length < 16; length++)
    next[length + 1] = (next[length]! + lengths.filter((one) => one === length).length) << 1;
  return lengths.map((length) => ({ length, value: length === 0 ? 0 : next[length]!++ }));
};
