import fc from 'fast-check';
import { readScriptResult } from '../../../lib/domain/node/run-command-output';
import { assessResult, reclaimResult, verifyResult } from '../fixtures';

const line = JSON.stringify(reclaimResult());
const NO_OUTPUT = 'No output available yet because the step is not successfully executed';
const STDERR = '\n----------ERROR-------\n';

test.each([
  ['alone', line],
  ['with a line break', `${line}\n`],
  ['with Windows line breaks', `${line}\r\n`],
  ['with stderr', `${line}${STDERR}vacuumed 12 journals\n{"not":"ours"`],
  ['with stderr cut at the limit', `${line}${STDERR}${'x'.repeat(5_000)}`.slice(0, 2_500)],
  ['after noise', `warning: locale\n{"some":"json"}\n${line}`],
  ['after bytes that were no UTF-8', `\uFFFD\uFFFD\u0000\n${line}`],
  ['after another script', `${JSON.stringify(verifyResult())}\n${line}`],
  ['after a huge line', `${'{'.repeat(1_000_000)}\n${line}`],
])('reads the JSON line %s', (_, output) => {
  expect(readScriptResult(output, 'reclaim-disk')).toEqual({ ok: true, value: reclaimResult() });
});

test('reads the object that Automation made of the line', () => {
  expect(readScriptResult(reclaimResult(), 'reclaim-disk')).toEqual({ ok: true, value: reclaimResult() });
});

test('reads the last line', () => {
  const later = { ...reclaimResult(), bytesFreed: 7 };
  expect(readScriptResult(`${line}\n${JSON.stringify(later)}`, 'reclaim-disk')).toEqual({
    ok: true,
    value: later,
  });
});

test('reads the figures of a script that failed', () => {
  const failed = verifyResult(undefined, { ok: false, error: 'kubelet is down' });
  expect(readScriptResult(JSON.stringify(failed), 'verify-node')).toEqual({ ok: true, value: failed });
});

test('accepts fields of a later script version', () => {
  expect(readScriptResult(JSON.stringify({ ...assessResult(), later: 1 }), 'assess-node').ok).toBe(true);
});

test.each<[string, unknown, RegExp]>([
  ['nothing', '', /output is empty; if the status is Failed, the agent could not write/],
  ['no string', undefined, /no output/],
  ['another object', { a: 1 }, /no JSON line/],
  ['an object that is no JSON', { a: 1n }, /no output/],
  ['an unresolved reference', '{{ reclaim.Output }}', /did not run or failed \({{ reclaim\.Output }}\)/],
  ['what Automation says of a failed step', NO_OUTPUT, /did not run or failed \(No output available yet/],
  ['half a JSON line', line.slice(0, 300), /truncated or damaged after 300/],
  ['noise', 'bash: command not found', /no JSON line of this script: bash: command not found/],
  ['only stderr', `${STDERR}No space left on device`, /empty; .*; stderr: No space left on device/],
  ['another script', JSON.stringify(verifyResult()), /no JSON line of this script/],
  [
    'an early failure',
    '{"headroom":1,"script":"reclaim-disk","ok":false,"dryRun":false,"error":"bad value"}',
    /failed: bad value/,
  ],
  ['a missing field', JSON.stringify({ ...reclaimResult(), after: undefined }), /field after/],
  [
    'a percent beyond 100',
    JSON.stringify(reclaimResult()).replace('"usedPercent":97', '"usedPercent":970'),
    /after\.usedPercent/,
  ],
  [
    'an unknown percent',
    JSON.stringify(reclaimResult()).replace('"usedPercent":97', '"usedPercent":null'),
    /after\.usedPercent/,
  ],
  ['another envelope', JSON.stringify({ ...reclaimResult(), headroom: 2 }), /no JSON line/],
])('rejects %s, with the reason', (_, output, why) => {
  const read = readScriptResult(output, 'reclaim-disk');
  expect(read.ok).toBe(false);
  expect(read).toHaveProperty('why', expect.stringMatching(why));
  expect(read).toHaveProperty('why', expect.stringMatching(/^reclaim-disk: /));
});

test('never throws, whatever the text and however a good one is damaged', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(readScriptResult(text, 'verify-node').ok).toBe(false);
    }),
  );
  fc.assert(
    fc.property(fc.nat(line.length - 1), (length) => {
      expect(readScriptResult(line.slice(0, length), 'reclaim-disk').ok).toBe(false);
    }),
  );
  fc.assert(
    fc.property(fc.anything(), (value) => {
      expect(readScriptResult(value, 'assess-node').ok).toBe(false);
    }),
  );
});

test('rejects a megabyte of braces at once', () => {
  const began = performance.now();
  readScriptResult('{"headroom":1,\n'.repeat(70_000), 'reclaim-disk');
  expect(performance.now() - began).toBeLessThan(2_000);
});

test('reports the cause in a long stderr, not its last characters', () => {
  const stderr = `cannot write /var/x: No space left on device\n${'restored the old table. '.repeat(30)}`;
  expect(readScriptResult(`\n----------ERROR-------\n${stderr}`, 'reclaim-disk')).toMatchObject({
    why: expect.stringContaining('cannot write /var/x: No space left on device') as string,
  });
});
