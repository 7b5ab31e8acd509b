import { judge, type JudgedFacts, type Verdict } from '../../../lib/domain/outcome/verdict';
import { rootFigures, verifyResult } from '../fixtures';

const facts = (usedPercent: number, more: Partial<JudgedFacts> = {}): JudgedFacts => ({
  conclusion: 'finished',
  verify: { ok: true, value: verifyResult(rootFigures(usedPercent)) },
  warningPercent: 80,
  targetPercent: 75,
  failure: undefined,
  ...more,
});
const verified = (
  more: Parameters<typeof verifyResult>[1],
  root = rootFigures(50),
): Partial<JudgedFacts> => ({
  verify: { ok: true, value: verifyResult(root, more) },
});

test.each<[number, Verdict]>([
  [0, 'healed'],
  [75, 'healed'],
  [75.1, 'relieved'],
  [79.9, 'relieved'],
  [80, 'escalated'],
  [100, 'escalated'],
])('verified at %d %%: %s', (usedPercent, verdict) => {
  const judgement = judge(facts(usedPercent));
  expect(judgement.verdict).toBe(verdict);
  expect(judgement.reason).toContain(`/ is at ${usedPercent} %`);
});

test.each<[string, Partial<JudgedFacts>, RegExp]>([
  ['the document failed', { conclusion: 'failed', failure: 'modify: Failed' }, /^modify: Failed$/],
  ['the document failed without a word', { conclusion: 'failed' }, /did not finish/],
  ['verify cannot be read', { verify: { ok: false, why: 'cut' } }, /not verified: cut/],
  ['verify is not ok', verified({ ok: false, error: 'no time left' }), /no time left/],
  [
    'a check failed, whatever the script says in total',
    verified({ checks: [{ name: 'kubelet-healthz', ok: false, detail: 'refused' }] }),
    /kubelet-healthz \(refused\)/,
  ],
  ['nothing was checked', verified({ checks: [] }), /ran no checks/],
  ['it was a dry run', verified({ dryRun: true }), /dry run/],
  ['the levels are unknown', { warningPercent: null, targetPercent: null }, /levels .* unknown/],
  [
    'inodes are still over',
    verified({}, rootFigures(50, 20, { inodesUsedPercent: 93 })),
    /inodes at 93 %, still/,
  ],
])('escalated when %s', (_, more, reason) => {
  expect(judge(facts(50, more))).toEqual({
    verdict: 'escalated',
    reason: expect.stringMatching(reason) as string,
  });
});

test('inodes between target and warning level: relieved', () => {
  expect(judge(facts(50, verified({}, rootFigures(50, 20, { inodesUsedPercent: 78 })))).verdict).toBe(
    'relieved',
  );
});
