import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runPython } from '../../packages/local-aws/src';

const SCRIPT = readFileSync(join(__dirname, '../../lib/runbooks/allowed.py'), 'utf8');
const allowed = (answer: unknown) => runPython(SCRIPT, 'allowed', { answer }, 20);

test.each([
  ['an object', { allowed: true, mode: 'apply' }],
  ['its text, as Automation hands it over', '{"allowed": true, "mode": "apply"}'],
])('%s that allows it goes through with its parts', async (_, answer) => {
  expect(await allowed(answer)).toEqual({ allowed: true, mode: 'apply' });
});

test.each<[string, unknown, string]>([
  ['a refusal', { allowed: false, reason: 'etcd is not well' }, 'not allowed: etcd is not well'],
  [
    'a step that succeeded although its function threw',
    '{"errorType":"Error","errorMessage":"access denied","trace":[]}',
    'not allowed: access denied',
  ],
  ['the answer of another version of the function', { action: 'grow' }, 'not allowed: the function did not'],
  ['a text that looks like it', { allowed: 'true' }, 'not allowed: '],
  ['a number that looks like it', { allowed: 1 }, 'not allowed: '],
  ['no answer at all', null, 'not allowed: the function gave no answer'],
  ['a reference that was not resolved', '{{ target.Payload }}', 'not allowed: the function gave no answer'],
])('%s fails the step, with the reason', async (_, answer, message) => {
  await expect(allowed(answer)).rejects.toThrow(message);
});
