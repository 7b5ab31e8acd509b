import { NO_OUTPUT_YET, presentOutputs, presentText } from '../../../lib/domain/outcome/automation-outputs';
import { healingOutcome } from '../../../lib/domain/outcome/healing-outcome';
import { VERDICTS } from '../../../lib/domain/outcome/verdict';
import { INSTANCE } from '../fixtures';

const ABSENT = [NO_OUTPUT_YET, `${NO_OUTPUT_YET}.`, '', ' ', '{{ record.Payload }}', '{{record.Payload}}'];
const payload = (verdict: string, more: object = {}): string =>
  JSON.stringify({ verdict, reason: 'why', instanceId: INSTANCE, ...more });
const NOTHING = { verdict: undefined, instanceId: undefined, waitsUntilMs: undefined };

test.each(ABSENT)('%j stands for no output', (text) => {
  expect(presentText(text)).toBeUndefined();
  expect(presentOutputs({ 'a.Payload': [text], 'b.Payload': ['x', text] })).toEqual([['b.Payload', 'x']]);
  expect(healingOutcome({ 'record.Payload': [text], 'escalate.Payload': [text] })).toEqual(NOTHING);
});

describe.each(VERDICTS)('%s', (verdict) => {
  test.each(ABSENT)('is read beside %j, whichever step ran', (text) => {
    const named = { verdict, instanceId: INSTANCE, waitsUntilMs: undefined };
    expect(healingOutcome({ 'record.Payload': [payload(verdict)], 'escalate.Payload': [text] })).toEqual(
      named,
    );
    expect(healingOutcome({ 'escalate.Payload': [payload(verdict)], 'record.Payload': [text] })).toEqual(
      named,
    );
  });

  test('is read when Systems Manager kept only the beginning', () => {
    const cut = payload(verdict).slice(0, 40);
    expect(healingOutcome({ 'record.Payload': [cut] })).toEqual({ ...NOTHING, verdict });
    expect(healingOutcome({ 'record.Payload': [JSON.stringify(payload(verdict))] })).toMatchObject({
      verdict,
    });
  });
});

test('a node that was healed too often says until when', () => {
  const until = '2026-11-20T10:00:00.000Z';
  expect(healingOutcome({ 'escalate.Payload': [payload('escalated', { until })] }).waitsUntilMs).toBe(
    Date.parse(until),
  );
  expect(
    healingOutcome({ 'escalate.Payload': [payload('escalated', { until: null })] }).waitsUntilMs,
  ).toBeUndefined();
});

test('a waiting node says until when', () => {
  const until = '2026-11-20T10:00:00.000Z';
  expect(healingOutcome({ 'record.Payload': [payload('waiting', { until })] }).waitsUntilMs).toBe(
    Date.parse(until),
  );
  for (const other of [null, 'soon', 7])
    expect(healingOutcome({ 'record.Payload': [payload('waiting', { until: other })] })).toMatchObject({
      verdict: 'waiting',
      waitsUntilMs: undefined,
    });
  expect(healingOutcome({ 'record.Payload': [payload('healed', { until })] }).waitsUntilMs).toBeUndefined();
});

test.each([
  '{"errorMessage":"Task timed out","errorType":"Error"}',
  'text',
  payload('no-verdict-of-ours'),
  '{"reason":"the node says \\"verdict\\":\\"healed\\""}',
  '{"reason":"\\"verdict\\":\\"healed\\"',
])('%s tells no outcome', (text) => {
  expect(healingOutcome({ 'record.Payload': [text] })).toEqual(NOTHING);
});

test('text of the node names no other instance', () => {
  const reason = '","instanceId":"i-0ff99ee88dd77cc66';
  expect(healingOutcome({ 'record.Payload': [payload('healed', { reason })] }).instanceId).toBe(INSTANCE);
  expect(healingOutcome({ 'record.Payload': [payload('healed', { instanceId: 'x' })] }).instanceId).toBe(
    undefined,
  );
});
