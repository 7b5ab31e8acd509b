import { codeLengths, codesOf, type Code } from './huffman';

/**
 * gzip (RFC 1951, 1952) that looks for the shortest way to write a text, where the usual ones take the first good match: 6 % less,
 * which is room for another script in user data. Integers only, so that every machine writes the same bytes; Node's own
 * zlib does not. For texts up to the window of 32 KiB.
 */

const SHORTEST = 3;
const LONGEST = 258;
const WINDOW = 32_768;
const END_OF_BLOCK = 256;
/** Each round prices the symbols as the one before used them; after that many little is gained. */
const ROUNDS = 8;

/** Ranges that share a symbol: its first value and how many bits tell the rest. RFC 1951, 3.2.5. */
interface Span {
  readonly base: number;
  readonly bits: number;
}
const spans = (first: number, bitsOf: (index: number) => number, count: number): Span[] => {
  let base = first;
  return Array.from({ length: count }, (_, index) => {
    const span = { base, bits: bitsOf(index) };
    base += 2 ** span.bits;
    return span;
  });
};
const LENGTHS: readonly Span[] = [
  ...spans(SHORTEST, (index) => Math.max(0, (index >> 2) - 1), 28),
  { base: LONGEST, bits: 0 },
];
const DISTANCES: readonly Span[] = spans(1, (index) => Math.max(0, (index >> 1) - 1), 30);

/** Of each value up to `last`, the place of its span. */
const placesOf = (table: readonly Span[], last: number): Int8Array =>
  Int8Array.from({ length: last + 1 }, (_, value) => table.findLastIndex(({ base }) => base <= value));
const LENGTH_INDEX = placesOf(LENGTHS, LONGEST);
const DISTANCE_INDEX = placesOf(DISTANCES, WINDOW);

interface Match {
  readonly length: number;
  readonly distance: number;
}
/** A byte of the text, or a match. */
type Step = number | Match;

/** For each place, the matches that are longer than all nearer ones. */
const matchesOf = (bytes: Uint8Array): Match[][] => {
  const last = new Map<number, number>();
  const before = new Int32Array(bytes.length).fill(-1);
  return Array.from(bytes, (_, at): Match[] => {
    if (at + SHORTEST > bytes.length) return [];
    const key = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
    const found: Match[] = [];
    let best = SHORTEST - 1;
    for (
      let other = last.get(key) ?? -1;
      other >= 0 && at - other <= WINDOW && best < LONGEST;
      other = before[other]!
    ) {
      let length = SHORTEST;
      while (length < LONGEST && at + length < bytes.length && bytes[other + length] === bytes[at + length])
        length++;
      if (length > best) {
        best = length;
        found.push({ length, distance: at - other });
      }
    }
    before[at] = last.get(key) ?? -1;
    last.set(key, at);
    return found;
  });
};

/** Bits that each symbol takes. */
interface Costs {
  readonly literals: readonly number[];
  readonly distances: readonly number[];
}

/** What a symbol costs that the last round did not use. */
const UNUSED = 13;
const FIRST: Costs = {
  literals: Array<number>(286).fill(8),
  distances: Array<number>(30).fill(5),
};
const known = (lengths: readonly number[]): number[] => lengths.map((length) => length || UNUSED);

/** The cheapest way through the text. */
const shortestPath = (
  bytes: Uint8Array,
  matches: readonly (readonly Match[])[],
  { literals, distances }: Costs,
): Step[] => {
  const lengthCost = Array.from(LENGTH_INDEX, (symbol) =>
    symbol < 0 ? 0 : literals[257 + symbol]! + LENGTHS[symbol]!.bits,
  );
  const cost = new Float64Array(bytes.length + 1).fill(Infinity);
  const by: Step[] = [];
  cost[0] = 0;
  const offer = (to: number, bits: number, step: Step): void => {
    if (bits >= cost[to]!) return;
    cost[to] = bits;
    by[to] = step;
  };
  for (let at = 0; at < bytes.length; at++) {
    offer(at + 1, cost[at]! + literals[bytes[at]!]!, bytes[at]!);
    let length = SHORTEST;
    for (const match of matches[at]!) {
      const index = DISTANCE_INDEX[match.distance]!;
      const far = cost[at]! + distances[index]! + DISTANCES[index]!.bits;
      for (; length <= match.length; length++) {
        const bits = far + lengthCost[length]!;
        if (bits < cost[at + length]!) offer(at + length, bits, { length, distance: match.distance });
      }
    }
  }
  const steps: Step[] = [];
  for (let at = bytes.length; at > 0;) {
    const step = by[at]!;
    steps.push(step);
    at -= typeof step === 'number' ? 1 : step.length;
  }
  return steps.reverse();
};

/** Bits, the lowest of each byte first. */
class Bits {
  private readonly bytes: number[] = [];
  private used = 0;

  /** A number, its lowest bit first. */
  number(value: number, bits: number): void {
    for (let bit = 0; bit < bits; bit++) this.bit((value >> bit) & 1);
  }

  /** A Huffman code, its highest bit first. */
  code({ value, length }: Code): void {
    for (let bit = length - 1; bit >= 0; bit--) this.bit((value >> bit) & 1);
  }

  private bit(bit: number): void {
    if (this.used % 8 === 0) this.bytes.push(0);
    this.bytes[this.bytes.length - 1]! |= bit << (this.used % 8);
    this.used++;
  }

  get buffer(): Buffer {
    return Buffer.from(this.bytes);
  }
}

interface Run {
  readonly symbol: number;
  readonly rest: number;
  readonly bits: number;
}

/** Code lengths, with runs of the same. RFC 1951, 3.2.7. */
const runsOf = (lengths: readonly number[]): Run[] => {
  const runs: Run[] = [];
  for (let at = 0; at < lengths.length;) {
    const value = lengths[at]!;
    let same = 1;
    while (lengths[at + same] === value) same++;
    if (value === 0 && same >= 3) {
      same = Math.min(same, 138);
      runs.push(
        same > 10 ? { symbol: 18, rest: same - 11, bits: 7 } : { symbol: 17, rest: same - 3, bits: 3 },
      );
    } else if (same >= 4) {
      same = Math.min(same, 7);
      runs.push({ symbol: value, rest: 0, bits: 0 }, { symbol: 16, rest: same - 4, bits: 2 });
    } else {
      same = 1;
      runs.push({ symbol: value, rest: 0, bits: 0 });
    }
    at += same;
  }
  return runs;
};

const RUN_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

const countOf = (symbols: Iterable<number>, size: number): number[] => {
  const counts = Array<number>(size).fill(0);
  for (const symbol of symbols) counts[symbol]!++;
  return counts;
};

const costsOf = (steps: readonly Step[]): Costs => {
  const literals = steps.map((step) => (typeof step === 'number' ? step : 257 + LENGTH_INDEX[step.length]!));
  const distances = steps.flatMap((step) =>
    typeof step === 'number' ? [] : [DISTANCE_INDEX[step.distance]!],
  );
  return {
    literals: codeLengths(countOf([...literals, END_OF_BLOCK], 286), 15),
    // One distance at least must have a code.
    distances: codeLengths(countOf(distances.length > 0 ? distances : [0], 30), 15),
  };
};

/** One block with codes of its own. */
const block = (steps: readonly Step[]): Buffer => {
  const { literals, distances } = costsOf(steps);
  const bits = new Bits();
  bits.number(0b101, 3);
  const literalCount = Math.max(257, literals.findLastIndex((length) => length > 0) + 1);
  const distanceCount = distances.findLastIndex((length) => length > 0) + 1;
  const runs = runsOf([...literals.slice(0, literalCount), ...distances.slice(0, distanceCount)]);
  const runLengths = codeLengths(
    countOf(
      runs.map(({ symbol }) => symbol),
      19,
    ),
    7,
  );
  const runCount = Math.max(4, RUN_ORDER.findLastIndex((symbol) => runLengths[symbol]! > 0) + 1);
  bits.number(literalCount - 257, 5);
  bits.number(distanceCount - 1, 5);
  bits.number(runCount - 4, 4);
  for (const symbol of RUN_ORDER.slice(0, runCount)) bits.number(runLengths[symbol]!, 3);
  const runCodes = codesOf(runLengths);
  for (const { symbol, rest, bits: more } of runs) {
    bits.code(runCodes[symbol]!);
    bits.number(rest, more);
  }
  const [literalCodes, distanceCodes] = [codesOf(literals), codesOf(distances)];
  const put = (table: readonly Span[], index: number, value: number): void =>
    bits.number(value - table[index]!.base, table[index]!.bits);
  for (const step of steps) {
    if (typeof step === 'number') {
      bits.code(literalCodes[step]!);
      continue;
    }
    const [length, distance] = [LENGTH_INDEX[step.length]!, DISTANCE_INDEX[step.distance]!];
    bits.code(literalCodes[257 + length]!);
    put(LENGTHS, length, step.length);
    bits.code(distanceCodes[distance]!);
    put(DISTANCES, distance, step.distance);
  }
  bits.code(literalCodes[END_OF_BLOCK]!);
  return bits.buffer;
};

/** The shortest deflate block found. */
const deflate = (bytes: Uint8Array): Buffer => {
  const matches = matchesOf(bytes);
  let costs = FIRST;
  let best: Buffer | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    const steps = shortestPath(bytes, matches, costs);
    const written = block(steps);
    if (best === undefined || written.length < best.length) best = written;
    const { literals, distances } = costsOf(steps);
    costs = { literals: known(literals), distances: known(distances) };
  }
  return best!;
};

const crc32 = (bytes: Uint8Array): number => {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
};

/** A gzip file without a name and a time. */
export const gzip = (bytes: Uint8Array): Buffer => {
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(bytes), 0);
  trailer.writeUInt32LE(bytes.length, 4);
  return Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3]), deflate(bytes), trailer]);
};
