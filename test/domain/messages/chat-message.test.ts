import fc from 'fast-check';
import type { Ask } from '../../../lib/domain/messages/ask-message';
import { chatAsk, chatReport, chatThread } from '../../../lib/domain/messages/chat-message';
import { chatCommand, chatData, chatTitle } from '../../../lib/domain/messages/chat-text';
import { healReport, type HealReport } from '../../../lib/domain/outcome/heal-report';
import { EXECUTION, growPlan, refusedExecution } from '../executions';
import { INSTANCE, NOW_MS } from '../fixtures';

const report: HealReport = healReport(refusedExecution(), {
  ...{ environment: 'prod', nodeGroup: 'control-plane', role: 'control-plane', conclusion: 'failed' },
  ...{ nowMs: NOW_MS, evidenceUrl: 's3://evidence/assess.json' },
});
const THREAD = chatThread('prod', INSTANCE, EXECUTION);

test('an escalation, in the shape that Amazon Q Developer reads', () => {
  const { version, source, content, metadata } = chatReport(report, 's3://evidence/report.json', THREAD);
  expect({ version, source }).toEqual({ version: '1.0', source: 'custom' });
  expect(content).toEqual({
    textType: 'client-markdown',
    title: `[prod] ACTION REQUIRED: ${INSTANCE} disk, / at 97 %`,
    description: expect.stringContaining(`Node: \`${INSTANCE}\`, group \`control-plane\``) as string,
    nextSteps: [`\`${report.nextCommand}\``, 'Full report: `s3://evidence/report.json`'],
    keywords: ['prod', 'control-plane', 'escalated'],
  });
  expect(content.description.split('\n')[0]).toBe(chatData(report.reason));
  expect(metadata).toEqual({
    threadId: `headroom/prod/${INSTANCE}/${EXECUTION}`,
    summary: content.title,
    eventType: 'headroom-escalated',
    relatedResources: [INSTANCE],
  });
});

test('a question says what would be done, until when, and how to answer', () => {
  const ask: Ask = {
    ...{ environment: 'prod', instanceId: INSTANCE, nodeGroup: 'general', executionId: EXECUTION },
    ...{ plan: growPlan, until: '2026-11-20T05:00:00.000Z' },
  };
  const { content, metadata } = chatAsk(ask);
  expect(content.title).toBe(`[prod] APPROVAL NEEDED: heal the disk of ${INSTANCE}?`);
  expect(content.description).toContain('Plan: `');
  expect(content.description).toContain('Until: 2026-11-20T05:00:00.000Z');
  expect(content.nextSteps).toEqual(
    ['Approve: `', 'Reject: `'].map((begin) => expect.stringContaining(begin) as string),
  );
  expect(content.nextSteps.map((step) => /--signal-type (\w+)`$/.exec(step)?.[1])).toEqual([
    'Approve',
    'Reject',
  ]);
  // What comes of it is told in the same thread.
  expect(metadata.threadId).toBe(THREAD);
  expect(chatAsk({ ...ask, plan: null }).content.description).not.toContain('Why:');
});

describe('text of a node', () => {
  test.each([
    ['<!here> look', '`‹!here› look`'],
    ['<@U123ABC> @channel', '`‹＠U123ABC› ＠channel`'],
    ['<https://evil.example|AWS console>', '`‹https: //evil.example|AWS console›`'],
    ['[console](https://evil.example)', '`[console](https: //evil.example)`'],
    ['&lt;!channel&gt;', '`＆lt;!channel＆gt;`'],
    ['` *bold* `', "`' *bold* '`"],
    ['one\ntwo', '`one two`'],
    ['  ', 'unknown'],
  ])('%j mentions no one and links nowhere', (text, shown) => expect(chatData(text)).toBe(shown));

  const ACTS = /[<>@&]|:\/\/|[^\S ]/u;

  test('whatever it is, it is one line of code in which nothing acts', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const shown = chatData(text);
        expect(shown).not.toMatch(ACTS);
        if (shown !== 'unknown') expect(shown).toMatch(/^`[^`]+`$/u);
        expect(chatTitle(text, 40)).not.toMatch(ACTS);
      }),
    );
  });

  const filledWith = (hostile: string) => {
    const many = Array.from({ length: 50 }, () => hostile);
    const texts = { reason: hostile, trigger: hostile, nodeGroup: hostile, left: many, nextCommand: null };
    const filled = { ...report, ...texts, evidence: { ...report.evidence, failures: many } };
    return chatReport(filled, 's3://evidence/report.json', THREAD);
  };

  // docs/contract.md names the limit.
  test.each(['x', '://', '\u{1f600}'])(
    '%j, repeated, fills a description up to its limit and no further',
    (text) => {
      const { length } = [...filledWith(text.repeat(3_000)).content.description];
      expect(length).toBeGreaterThan(3_000);
      expect(length).toBeLessThanOrEqual(3_200);
    },
  );

  test('nothing of it acts in a whole message, and the message stays short', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 3_000 }), (text) => {
        const { content, metadata } = filledWith(`<!channel> @here [a](https://b) ${text}`);
        const all = [content.title, content.description, ...content.keywords, metadata.summary];
        for (const line of all.flatMap((each) => each.split('\n'))) expect(line).not.toMatch(ACTS);
        expect([...content.description].length).toBeLessThanOrEqual(3_200);
        expect(JSON.stringify({ content, metadata }).length).toBeLessThan(16_384);
      }),
    );
  });

  test('a command is never changed: one that a chat would change is not shown', () => {
    expect(chatCommand('aws s3 ls s3://bucket')).toBe('`aws s3 ls s3://bucket`');
    for (const text of ['a `b`', 'a <b', 'a > b', 'mail a@b', 'a\nb'])
      expect(chatCommand(text)).toBeUndefined();
    const { content } = chatReport({ ...report, nextCommand: 'echo <!here>' }, 's3://e/r.json', THREAD);
    expect(content.nextSteps[0]).toBe('The command is at the end of the e-mail and in the report.');
  });
});
