import { GIB, MIB, formatBytes, formatPercent, formatSeconds } from '../../lib/domain/units';

test.each([
  [100, '100 %'],
  [93.44, '93.4 %'],
  [0, '0 %'],
])('%d is %s', (percent, words) => {
  expect(formatPercent(percent)).toBe(words);
});

test.each([
  [0, '0 MiB'],
  [GIB - MIB, '1023 MiB'],
  [GIB, '1 GiB'],
  [7.84 * GIB, '7.8 GiB'],
  [-2 * GIB, '-2 GiB'],
])('%d bytes are %s', (bytes, words) => {
  expect(formatBytes(bytes)).toBe(words);
});

test.each([
  [0, '0 s'],
  [59.4, '59 s'],
  [59.6, '1 min'],
  [61, '1 min 1 s'],
  [3_600, '1 h'],
  [7_500, '2 h 5 min'],
])('%d seconds are %s', (seconds, words) => {
  expect(formatSeconds(seconds)).toBe(words);
});
