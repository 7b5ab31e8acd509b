import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { gzip } from '../../../lib/stacks/cluster/bootstrap/deflate';
import { codeLengths, codesOf } from '../../../lib/stacks/cluster/bootstrap/huffman';
import { userDataOf } from '../../node/bootstrap/user-data-of';

test('gunzip reads what it writes', () => {
  const some = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.string({ maxLength: 400 }).map((text) => new Uint8Array(Buffer.from(text))),
    // Few words, often: matches of every length and distance.
    fc
      .array(fc.constantFrom('a', 'ab', 'headroom', '\n', 'x'.repeat(300), 'é'), { maxLength: 200 })
      .map((words) => new Uint8Array(Buffer.from(words.join('')))),
  );
  fc.assert(
    fc.property(some, (bytes) => {
      expect(gunzipSync(gzip(bytes)).equals(bytes)).toBe(true);
    }),
    { numRuns: 40 },
  );
});

test('a match as far as the window goes, and none beyond it', () => {
  const noise = Buffer.from(Array.from({ length: 40_000 }, (_, at) => (at * 7_919 + ((at * at) >> 7)) & 255));
  const text = Buffer.concat([Buffer.from('far away, long ago'), noise, Buffer.from('far away, long ago')]);
  expect(gunzipSync(gzip(text)).equals(text)).toBe(true);
});

test('it takes less room than zlib at its best, on what it is for', () => {
  const text = Buffer.from(
    userDataOf('control-plane')
      .files.map((file) => file.text)
      .join(''),
  );
  expect(gzip(text).length).toBeLessThan(gzipSync(text, { level: 9 }).length * 0.98);
});

describe('Huffman codes', () => {
  const counts = fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 19, maxLength: 286 });

  test('no code is longer than allowed, every used symbol has one, and they fill the room exactly', () => {
    fc.assert(
      fc.property(counts, fc.constantFrom(9, 15), (all, longest) => {
        const lengths = codeLengths(all, longest);
        expect(lengths.map((length) => length > 0)).toEqual(all.map((count) => count > 0));
        expect(Math.max(...lengths)).toBeLessThanOrEqual(longest);
        const used = lengths.filter((length) => length > 0);
        const room = used.reduce((sum, length) => sum + 2 ** -length, 0);
        if (used.length > 1) expect(room).toBe(1);
      }),
    );
  });

  test('the RFC’s own example', () => {
    expect(codesOf([3, 3, 3, 3, 3, 2, 4, 4]).map(({ value }) => value)).toEqual([2, 3, 4, 5, 6, 0, 14, 15]);
  });
});
