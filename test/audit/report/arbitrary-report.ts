import fc from 'fast-check';
import type { Figure } from '../../../lib/tables/figure';
import type { Place } from '../../../lib/audit/facts';
import type {
  AuditReport,
  NodeGroupFigures,
  NodeGroupReview,
  ReportedFinding,
} from '../../../lib/audit/report-model';
import { SEVERITIES, type Subject } from '../../../lib/audit/rule';

/** What templates of strangers may hold as a name. */
export const HOSTILE = [
  '@everyone',
  '| a | b |',
  '</details><script>alert(1)</script>',
  '<!-- headroom-audit:default -->',
  '```\n# title',
  'a\r\n\r\n## b',
  '[x](https://example.com)',
  'www.example.com',
  '#1 GH-2 org/repo#3',
  '\u001b[31mred\u202eltr',
  '`code` **bold** $x$ ~~y~~',
  '&lt;b&gt; &#64;all',
  '\ud800',
  '<img src=x onerror=alert(1)>',
  '-'.repeat(5000),
  '',
] as const;

export const text = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  { weight: 3, arbitrary: fc.constantFrom(...HOSTILE) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 2000 }) },
);

const line = fc.integer({ min: 1, max: 1e6 });

const place: fc.Arbitrary<Place> = fc.record(
  { file: text, stackName: text, logicalId: text, resourceType: text, constructPath: text, line },
  { requiredKeys: ['file', 'stackName', 'logicalId', 'resourceType'] },
);

const subject: fc.Arbitrary<Subject> = fc.record(
  { place, nodeGroup: fc.constantFrom('a', 'b', '</td>'), name: text },
  { requiredKeys: ['place', 'name'] },
);

const finding: fc.Arbitrary<ReportedFinding> = fc.record(
  {
    rule: fc.oneof(fc.constantFrom('instance-replaced', 'volume-unencrypted'), text),
    title: text,
    severity: fc.constantFrom(...SEVERITIES),
    subject,
    message: text,
    why: text,
    remediation: text,
    fix: fc.record({ file: text, path: text, value: fc.oneof(fc.integer(), text, fc.boolean()) }),
    at: fc.record({ file: text, line }, { requiredKeys: ['file'] }),
    isNew: fc.boolean(),
  },
  { requiredKeys: ['rule', 'title', 'severity', 'subject', 'message', 'why', 'remediation', 'at'] },
);

const figure: fc.Arbitrary<Figure> = fc.oneof(
  fc.record({ value: fc.oneof(fc.nat(70_000), fc.double({ min: 0, max: 1e9, noNaN: true })) }),
  fc.record({ why: text }),
);

const nodeGroupFigures: fc.Arbitrary<NodeGroupFigures> = fc.record({
  nodes: fc.record({ min: figure, max: figure }),
  sizeGiB: figure,
  maxSizeGiB: figure,
  recommendedGiB: figure,
  growthGiBPerDay: figure,
  growthSource: fc.constantFrom('measured', 'declared', 'none'),
  days: fc.record({ warning: figure, critical: figure, emergency: figure, full: figure, cap: figure }),
  costPerMonth: fc.record({ atMin: figure, atMax: figure, atCap: figure }),
  curve: fc.array(fc.record({ day: fc.nat(400), usedPercent: fc.nat(100), sizeGiB: fc.nat(70_000) }), {
    maxLength: 5,
  }),
});

const review: fc.Arbitrary<NodeGroupReview> = fc.record(
  {
    id: fc.constantFrom('a', 'b', '</td>'),
    name: text,
    role: fc.constantFrom('control-plane', 'worker', 'unknown'),
    change: fc.constantFrom('added', 'removed', 'changed', 'unchanged', 'not-compared'),
    before: nodeGroupFigures,
    after: nodeGroupFigures,
    levels: fc.record({
      warningPercent: fc.nat(100),
      criticalPercent: fc.nat(100),
      emergencyPercent: fc.nat(100),
    }),
  },
  { requiredKeys: ['id', 'name', 'role', 'change'] },
);

/** Any report, however senseless: a renderer may not fall over one. */
export const anyReport: fc.Arbitrary<AuditReport> = fc.record(
  {
    schema: fc.constant(1 as const),
    at: fc.constant('2026-11-21T04:00:00.000Z'),
    audited: text,
    base: text,
    verdict: fc.constantFrom('clean', 'findings'),
    failOn: fc.constantFrom(...SEVERITIES, 'never'),
    failed: fc.boolean(),
    findings: fc.array(finding, { maxLength: 8 }),
    suppressed: fc.array(
      fc.tuple(finding, text, text, place).map(([one, reason, expires, { file, logicalId }]) => ({
        ...one,
        suppression: { rule: one.rule, reason, expires, place: { file, logicalId } },
      })),
      { maxLength: 3 },
    ),
    cannotTell: fc.array(fc.record({ rule: text, subject, why: text }), { maxLength: 4 }),
    unreadable: fc.array(fc.record({ file: text, why: text }), { maxLength: 3 }),
    rules: fc.array(fc.record({ id: text, passed: fc.nat(9), looked: fc.nat(9) }), { maxLength: 3 }),
    nodeGroups: fc.array(review, { maxLength: 5 }),
    prices: fc.record({
      date: fc.constant('2026-11-01'),
      source: text,
      unknownRegions: fc.array(text, { maxLength: 2 }),
    }),
  },
  {
    requiredKeys: [
      ...(['schema', 'at', 'audited', 'verdict', 'failOn', 'failed', 'findings', 'suppressed'] as const),
      ...(['cannotTell', 'unreadable', 'rules', 'nodeGroups', 'prices'] as const),
    ],
  },
);
