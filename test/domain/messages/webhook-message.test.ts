import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { chatThread } from '../../../lib/domain/messages/chat-message';
import { healReport, type HealReport } from '../../../lib/domain/outcome/heal-report';
import { plainText } from '../../../lib/domain/messages/plain-text';
import {
  WEBHOOK_EVENT,
  WEBHOOK_KINDS,
  webhookAsk,
  webhookReport,
} from '../../../lib/domain/messages/webhook-message';
import { EXECUTION, growPlan, refusedExecution } from '../executions';
import { INSTANCE, NOW_MS } from '../fixtures';

const REGION = 'eu-central-1';
const URL = 's3://evidence/report.json';
const report: HealReport = healReport(refusedExecution(), {
  ...{ environment: 'prod', nodeGroup: 'control-plane', role: 'control-plane', conclusion: 'failed' },
  ...{ nowMs: NOW_MS, evidenceUrl: 's3://evidence/assess.json' },
});
const ask = {
  ...{ environment: 'prod', instanceId: INSTANCE, nodeGroup: 'general', executionId: EXECUTION },
  ...{ plan: growPlan, until: '2026-11-20T05:00:00.000Z' },
};
const AT = '2026-11-20T04:00:00.000Z';
const CONSOLE = `https://${REGION}.console.aws.amazon.com/systems-manager/automation/execution/${EXECUTION}?region=${REGION}`;

test('an escalation', () => {
  const { text, ...rest } = webhookReport(report, URL, 'e-first', REGION);
  expect(rest).toEqual({
    ...{
      version: 1,
      kind: 'escalated',
      environment: 'prod',
      instanceId: INSTANCE,
      nodeGroup: 'control-plane',
    },
    incidentId: chatThread('prod', INSTANCE, 'e-first'),
    ...{
      executionId: EXECUTION,
      at: report.endedAt,
      title: `[prod] ACTION REQUIRED: ${INSTANCE} disk, / at 97 %`,
    },
    ...{ nextCommand: report.nextCommand, answers: null, reportUrl: URL, consoleUrl: CONSOLE },
  });
  expect(text.split('\n')[0]).toBe(plainText(report.reason));
  expect(text).toContain(`\nNode: ${INSTANCE}, group control-plane\n`);
});

test('a question', () => {
  expect(webhookAsk(ask, AT, REGION)).toMatchObject({
    ...{ version: 1, kind: 'ask', executionId: EXECUTION, at: AT, nextCommand: null, reportUrl: null },
    incidentId: chatThread('prod', INSTANCE, EXECUTION),
    text: expect.stringContaining(`Until: ${ask.until}`) as string,
    answers: {
      yes: expect.stringContaining('Approve') as string,
      no: expect.stringContaining('Reject') as string,
      until: ask.until,
    },
    consoleUrl: CONSOLE,
  });
});

test.each(['cn-north-1', 'us-gov-west-1', ''])('the console of the region %j', (region) => {
  // Of an unknown region there is no link that leads somewhere else.
  expect(webhookAsk(ask, AT, region).consoleUrl).toBeNull();
});

test('text of a node is data: nothing of it acts, forges a line or grows without bound', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2_000 }), (text) => {
      const hostile = `\u001b]52;c;x\u0007 one\nNext command: rm ${text}`;
      const told = webhookReport(
        {
          ...report,
          ...{ reason: hostile, trigger: hostile, nodeGroup: hostile, left: [hostile], nextCommand: hostile },
          evidence: { ...report.evidence, failures: Array.from({ length: 50 }, () => hostile) },
        },
        URL,
        EXECUTION,
        REGION,
      );
      expect(told.nextCommand).toBeNull();
      for (const line of [told.title, told.nodeGroup, ...told.text.split('\n')]) {
        expect(plainText(line, 700)).toBe(line);
        expect(line).not.toMatch(/^Next/);
      }
      expect(JSON.stringify(told).length).toBeLessThan(16_384);
    }),
  );
});

describe('docs/chat.md', () => {
  const page = readFileSync(join(__dirname, '../../../docs/chat.md'), 'utf8');
  const [example, schema] = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(
    ([, text = '']) => JSON.parse(text) as Record<string, unknown>,
  );

  test('has the schema of the body: the fields that are sent, and every kind', () => {
    const { properties, required } = schema as {
      properties: Record<string, { enum?: unknown }>;
      required: string[];
    };
    const fields = Object.keys(webhookReport(report, URL, EXECUTION, REGION)).sort();
    expect(Object.keys(properties).sort()).toEqual(fields);
    expect([...required].sort()).toEqual(fields);
    expect(properties['kind']?.enum).toEqual(WEBHOOK_KINDS);
  });

  test('tries it with an event that the rule takes', () => {
    const [entry] = example as unknown as Record<string, string>[];
    expect(entry).toMatchObject({ Source: WEBHOOK_EVENT.source, DetailType: WEBHOOK_EVENT.detailType });
    expect(Object.keys(JSON.parse(entry?.['Detail'] ?? '{}') as object).sort()).toEqual(
      Object.keys(webhookReport(report, URL, EXECUTION, REGION)).sort(),
    );
  });
});
