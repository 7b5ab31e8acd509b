import { readDfOutput } from '../../../lib/drill/vm/guest-figures';

const HEAD = '   1B-blocks       Used      Avail Inodes IUsed\n';

test('percent counts the reserve for root neither as used nor as free', () => {
  expect(readDfOutput(`${HEAD}8348200960 1079312384 6827114496 517648 12345\n`)).toEqual({
    usedPercent: 13.7,
    sizeBytes: 8348200960,
    availableBytes: 6827114496,
    inodesUsedPercent: 2.4,
  });
});

test('a full disk is 100 percent', () => {
  expect(readDfOutput(`${HEAD}8348200960 8331423744 0 517648 517648`)).toMatchObject({
    usedPercent: 100,
    availableBytes: 0,
    inodesUsedPercent: 100,
  });
});

test('no inode count is 0 percent', () => {
  expect(readDfOutput(`${HEAD}100 50 50 - -\n`)).toMatchObject({ usedPercent: 50, inodesUsedPercent: 0 });
});

test.each(['', HEAD, 'df: /: No such file', `${HEAD}0 0 0 0 0`])('%j is an error', (output) => {
  expect(() => readDfOutput(output)).toThrow('df printed no figures');
});
