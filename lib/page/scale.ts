/** 1, 2 or 5 times a power of ten: the smallest that is at least `step`. @param step above 0 */
const roundStep = (step: number): number => {
  const power = 10 ** Math.floor(Math.log10(step));
  return ([1, 2, 5, 10].find((each) => each * power >= step * (1 - 1e-9)) ?? 10) * power;
};

/**
 * Round numbers between two bounds, ascending, the bounds included where they are round.
 * @param most intervals, at least 1
 * @returns `[from]` where `to` is not above it
 */
export function ticks(from: number, to: number, most: number): readonly number[] {
  if (!(to > from)) return [from];
  const step = roundStep((to - from) / most);
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  // Rounded once more: 3 × 0.1 is not 0.3.
  return Array.from({ length: last - first + 1 }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
}

/**
 * Moves labels apart, as little as possible, so that none covers another.
 * @param wanted ascending
 * @param gap between the centres of two labels
 * @param size of the room: every centre is from 0 to here, if they have room at all
 */
export function spread(wanted: readonly number[], gap: number, size: number): readonly number[] {
  const blocks: { sum: number; count: number }[] = [];
  const mean = ({ sum, count }: { sum: number; count: number }): number => sum / count;
  for (const [index, each] of wanted.entries()) {
    let last = { sum: each - index * gap, count: 1 };
    for (let before = blocks.at(-1); before && mean(before) > mean(last); before = blocks.at(-1)) {
      last = { sum: before.sum + last.sum, count: before.count + last.count };
      blocks.pop();
    }
    blocks.push(last);
  }
  const most = Math.max(0, size - (wanted.length - 1) * gap);
  return blocks
    .flatMap((block) => Array<number>(block.count).fill(Math.min(most, Math.max(0, mean(block)))))
    .map((each, index) => each + index * gap);
}
