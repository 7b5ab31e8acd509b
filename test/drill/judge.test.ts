import fc from 'fast-check';
import { differences, judge, type Observed } from '../../lib/drill/judge';

const levels = { targetPercent: 75, warningPercent: 80, emergencyPercent: 95 };
const well: Observed = {
  usedPercent: 45,
  inodesUsedPercent: 3,
  sizeBytes: 18 * 1024 ** 3,
  availableBytes: 9 * 1024 ** 3,
  kubeletHealthy: true,
  apiServerReady: true,
  opsItems: 0,
  messages: 1,
  executions: 1,
  opsItemTexts: [],
  messageTexts: ['HEALED'],
  steps: { assess: 'Success', record: 'Success' },
  apiCalls: { 'ec2:ModifyVolume': 1 },
  failedChecks: [],
  claimed: 'healed',
  instanceRuns: true,
  growthIsRefused: false,
};
const expected = {
  ...{ verdict: 'healed' as const, steps: {}, apiCalls: {} },
  ...{ escalationSays: [], messageSays: [], node: [] },
};

describe('the verdict of a drill', () => {
  it.each<[string, Partial<Observed>, string]>([
    ['at the target', { usedPercent: 75 }, 'healed'],
    ['just above the target', { usedPercent: 75.1 }, 'relieved'],
    ['just below the warning', { usedPercent: 79.9 }, 'relieved'],
    ['at the warning, nobody told', { usedPercent: 80 }, 'silent'],
    ['at the warning, a person told', { usedPercent: 80, opsItems: 1 }, 'escalated'],
    ['an OpsItem but no message is not told', { usedPercent: 100, opsItems: 1, messages: 0 }, 'silent'],
    ['room but no inodes', { inodesUsedPercent: 100 }, 'silent'],
    ['roomy, but the kubelet is down', { kubeletHealthy: false }, 'silent'],
    ['roomy, but 6443 is refused, person told', { apiServerReady: false, opsItems: 1 }, 'escalated'],
    ['a worker has no API server', { apiServerReady: null }, 'healed'],
    [
      'at the warning, EBS takes no modification yet',
      { usedPercent: 94.9, growthIsRefused: true },
      'waiting',
    ],
    ['no time to wait', { usedPercent: 95, growthIsRefused: true }, 'silent'],
    ['waits, and a person told', { usedPercent: 85, growthIsRefused: true, opsItems: 1 }, 'escalated'],
    ['waits, and the kubelet is down', { growthIsRefused: true, kubeletHealthy: false }, 'silent'],
    ['its group has ended it', { usedPercent: 100, instanceRuns: false }, 'gone'],
    ['ended, and a person called all the same', { instanceRuns: false, opsItems: 1 }, 'escalated'],
    ['denied', { usedPercent: 100, opsItems: 1, held: 'denied' }, 'denied'],
    ['paused, and well all the same', { held: 'paused' }, 'healed'],
    ['paused', { usedPercent: 100, kubeletHealthy: false, held: 'paused' }, 'paused'],
    ['observed, nobody told', { usedPercent: 100, messages: 0, held: 'observed' }, 'silent'],
    ['claimed healed, still full', { usedPercent: 100, claimed: 'healed' }, 'silent'],
  ])('%s', (_, change, verdict) => {
    expect(judge({ ...well, ...change }, levels)).toBe(verdict);
  });

  it('never calls a full disk healed, whatever is claimed', () => {
    fc.assert(
      fc.property(fc.double({ min: 75.01, max: 100 }), fc.string(), (usedPercent, claimed) => {
        expect(judge({ ...well, usedPercent, claimed }, levels)).not.toBe('healed');
      }),
    );
  });
});

describe('differences from what a scenario expects', () => {
  it('are none when all is as expected', () => {
    expect(differences(expected, well, 'healed')).toEqual([]);
  });

  it('are none when nothing was begun, and nothing claims anything, while healing is paused', () => {
    const paused = { ...well, usedPercent: 100, executions: 0, claimed: null };
    expect(differences({ ...expected, verdict: 'paused' }, paused, 'paused')).toEqual([]);
  });

  it.each<[string, Parameters<typeof differences>, RegExp]>([
    [
      'the verdict',
      [expected, { ...well, claimed: 'escalated' }, 'escalated'],
      /verdict: expected healed, got escalated/,
    ],
    [
      'a claim that the VM does not bear out',
      [{ ...expected, verdict: 'escalated' }, well, 'escalated'],
      /says of itself.*got healed/,
    ],
    ['use', [{ ...expected, maxUsedPercent: 44 }, well, 'healed'], /at most 44, got 45/],
    ['a size too small', [{ ...expected, minSizeGiB: 20 }, well, 'healed'], /95 % of 20, got 18.00/],
    ['a size too large', [{ ...expected, maxSizeGiB: 17 }, well, 'healed'], /at most 17/],
    [
      'a step that failed',
      [{ ...expected, steps: { assess: 'Failed' } }, well, 'healed'],
      /step assess: expected Failed, got Success/,
    ],
    [
      'a step that must not run',
      [{ ...expected, steps: { record: 'NotRun' } }, well, 'healed'],
      /step record: expected NotRun/,
    ],
    [
      'a call too many',
      [{ ...expected, apiCalls: { 'ec2:ModifyVolume': 0 } }, well, 'healed'],
      /ModifyVolume: expected 0, got 1/,
    ],
    [
      'an execution too many',
      [{ ...expected, executions: 1 }, { ...well, executions: 2 }, 'healed'],
      /expected 1, got 2/,
    ],
    [
      'an OpsItem too many',
      [{ ...expected, opsItems: 0 }, { ...well, opsItems: 1 }, 'healed'],
      /OpsItems: expected 0/,
    ],
    [
      'a message that never came',
      [{ ...expected, messages: 2 }, well, 'healed'],
      /messages: expected 2, got 1/,
    ],
    [
      'an OpsItem that does not say it',
      [{ ...expected, escalationSays: ['max[A-Z]'] }, { ...well, messageTexts: ['maxSizeGiB'] }, 'healed'],
      /text of an OpsItem: .*max\[A-Z\].*got none/,
    ],
    [
      'a message that does not say it',
      [
        { ...expected, escalationSays: ['cap'] },
        { ...well, opsItemTexts: ['the cap'], messageTexts: ['a', 'b'] },
        'healed',
      ],
      /text of a message: .*got a \| b/,
    ],
    [
      'a message that does not say it, where no OpsItem has to',
      [{ ...expected, messageSays: ['cost'] }, well, 'healed'],
      /text of a message: .*cost.*got HEALED/,
    ],
    [
      'a pause that the healing says nothing of',
      [{ ...expected, verdict: 'paused' }, { ...well, claimed: null }, 'paused'],
      /says of itself.*got nothing/,
    ],
    [
      'a check in the node',
      [expected, { ...well, failedChecks: ['crictl images'] }, 'healed'],
      /node failed: crictl images/,
    ],
  ])('%s', (_, args, message) => {
    const found = differences(...args);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });
});
