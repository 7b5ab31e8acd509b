/** A part of a long text that may lose rows from its end, but never a part of a row. */
export interface Section {
  readonly before: string;
  readonly rows: readonly string[];
  readonly after: string;
  /** What stands in place of the rows that were left out. */
  readonly leftOut: (rows: number) => string;
  /** Part of the room that it may have before the others had their first turn, 0 to 1. */
  readonly share: number;
}

/** UTF-8, so that the limit holds in characters and in bytes, however they are counted. */
const lengthOf = (text: string): number => Buffer.byteLength(text);

/**
 * Sections in their order, with as many whole rows as fit: each has its share first, and what is left goes to the
 * first that wants more. A section without rows is left out.
 * @param limit UTF-8 bytes of the whole
 */
export const fitSections = (sections: readonly Section[], limit: number): string => {
  const present = sections.filter(({ rows }) => rows.length > 0);
  const shell = ({ before, after, rows, leftOut }: Section): number =>
    lengthOf(before) + lengthOf(after) + lengthOf(leftOut(rows.length));
  const room = limit - present.reduce((sum, section) => sum + shell(section), 0);
  const taken = present.map(() => 0);
  let left = room;
  const take = (mayUse: (section: Section) => number): void =>
    present.forEach((section, index) => {
      let own = Math.min(left, mayUse(section));
      for (let next = taken[index] ?? 0; next < section.rows.length; next += 1) {
        const length = lengthOf(section.rows[next] ?? '');
        if (length > own) return;
        own -= length;
        left -= length;
        taken[index] = next + 1;
      }
    });
  take(({ share }) => Math.floor(room * share));
  take(() => Infinity);
  return present
    .map(({ before, rows, after, leftOut }, index) => {
      const shown = taken[index] ?? 0;
      const note = shown < rows.length ? leftOut(rows.length - shown) : '';
      return `${before}${rows.slice(0, shown).join('')}${note}${after}`;
    })
    .join('');
};
