import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import type { Log, Notification, ReportingDescriptor, Result } from 'sarif';
import { findingKey } from '../finding-key';
import type { AuditReport, ReportedFinding } from '../report-model';
import type { Rule, Severity } from '../rule';
import { plainText } from '../../domain/messages/plain-text';
import { findingTitle } from './verdict';

/**
 * GitHub shows at most 5,000 results of a run and refuses a file with more than 25,000.
 * Source: https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support-for-code-scanning
 */
const MOST_RESULTS = 5_000;
const MOST_NOTIFICATIONS = 1_000;
/** Of a rule's short and full description, from the same page. */
const MOST_DESCRIPTION_CHARACTERS = 1_024;

export interface SarifOptions {
  readonly rules: readonly Pick<Rule, 'id' | 'severity' | 'title' | 'what' | 'why' | 'fix'>[];
  /** Headroom's own. */
  readonly version: string;
  /** Where the audited templates lie, relative to the repository's root, so that their lines can be shown. @default '' */
  readonly templateFolder?: string;
  /** Keeps the alerts of several audits of one commit apart. @default 'default' */
  readonly category?: string;
  /** Leaves accepted findings out: GitHub ignores SARIF's suppressions and would show them as open alerts. @default false */
  readonly omitAccepted?: boolean;
}

const PROBLEM_SEVERITY: Record<Severity, string> = {
  error: 'error',
  warning: 'warning',
  note: 'recommendation',
};

const describe = ({
  id,
  severity,
  title,
  what: [what],
  why: [why],
  fix: [fix],
}: SarifOptions['rules'][number]): ReportingDescriptor => ({
  id,
  name: title,
  shortDescription: {
    text: plainText(title, MOST_DESCRIPTION_CHARACTERS) || id.slice(0, MOST_DESCRIPTION_CHARACTERS),
  },
  fullDescription: {
    text:
      plainText(`${what} ${why}`, MOST_DESCRIPTION_CHARACTERS) || id.slice(0, MOST_DESCRIPTION_CHARACTERS),
  },
  help: {
    text: `${what}\n\nWhy: ${why}\n\nFix: ${fix}\n\nMore: docs/audit/${id}.md`,
    markdown: `${what}\n\n**Why:** ${why}\n\n**Fix:** ${fix}\n\nMore: \`docs/audit/${id}.md\`, or \`headroom audit --explain ${id}\`.`,
  },
  defaultConfiguration: { level: severity },
  properties: {
    tags: ['reliability', 'disk'],
    precision: 'high',
    'problem.severity': PROBLEM_SEVERITY[severity],
  },
});

/** A relative URI of a path. */
const uriOf = (path: string): string =>
  path
    .replaceAll('\\', '/')
    .replace(/^\/+/, '')
    .split('/')
    // encodeURIComponent throws at a lone half of a character.
    .map((part) => encodeURIComponent(part.replace(/\p{Surrogate}/gu, '\ufffd')))
    .join('/') || 'unknown';

/** The same finding has the same one in every run; the second alike ends with `:2`. */
const fingerprints = (): ((finding: ReportedFinding) => string) => {
  const seen = new Map<string, number>();
  return ({ rule, subject }) => {
    const hash = createHash('sha256').update(findingKey(rule, subject)).digest('hex').slice(0, 16);
    const times = (seen.get(hash) ?? 0) + 1;
    seen.set(hash, times);
    return `${hash}:${times}`;
  };
};

/** A rule that has no description was not among those that ran: findings about suppressions may be such. */
const undescribed = (
  findings: readonly ReportedFinding[],
  known: ReadonlySet<string>,
): SarifOptions['rules'] => [
  ...new Map(
    findings
      .filter(({ rule }) => !known.has(rule))
      .map(
        ({ rule, severity, title, why, remediation }) =>
          [rule, { id: rule, severity, title, what: [title], why: [why], fix: [remediation] }] as const,
      ),
  ).values(),
];

/** SARIF 2.1.0 with what GitHub's code scanning documents as required. */
export const sarifLog = (report: AuditReport, options: SarifOptions): Log => {
  const all: readonly (ReportedFinding & Partial<AuditReport['suppressed'][number]>)[] = [
    ...report.findings,
    ...(options.omitAccepted === true ? [] : report.suppressed),
  ];
  const rules = [...options.rules, ...undescribed(all, new Set(options.rules.map(({ id }) => id)))];
  const indexOf = new Map(rules.map(({ id }, index) => [id, index]));
  const fingerprint = fingerprints();

  const resultOf = (finding: (typeof all)[number]): Result => {
    const { rule, severity, subject, message, remediation, at, isNew, suppression } = finding;
    const line = Math.max(1, Math.trunc(at.line ?? 1));
    const file = at.file === subject.place.file ? posix.join(options.templateFolder ?? '', at.file) : at.file;
    return {
      ruleId: rule,
      ruleIndex: indexOf.get(rule) ?? -1,
      level: severity,
      message: { text: `${findingTitle({ subject, message })} ${plainText(remediation)}` },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: uriOf(file), uriBaseId: '%SRCROOT%' },
            region: { startLine: line, startColumn: 1, endLine: line, endColumn: 2 },
          },
          logicalLocations: [
            {
              name: plainText(subject.place.logicalId) || 'unknown',
              fullyQualifiedName: plainText(
                subject.place.constructPath ?? `${subject.place.stackName}/${subject.place.logicalId}`,
              ),
              kind: 'resource',
            },
          ],
        },
      ],
      partialFingerprints: { primaryLocationLineHash: fingerprint(finding) },
      ...(isNew === undefined ? {} : { baselineState: isNew ? 'new' : 'unchanged' }),
      suppressions:
        suppression === undefined
          ? []
          : [
              {
                kind: suppression.place.logicalId === undefined ? 'external' : 'inSource',
                status: 'accepted',
                justification: plainText(suppression.reason),
              },
            ],
    };
  };

  const leftOut = all.length - MOST_RESULTS;
  const notifications: Notification[] = [
    ...(leftOut > 0
      ? [
          {
            level: 'warning' as const,
            message: { text: `${leftOut} results left out: GitHub shows ${MOST_RESULTS}.` },
          },
        ]
      : []),
    ...report.unreadable.map(({ file, why }) => ({
      level: 'warning' as const,
      message: { text: `${plainText(file)} could not be read: ${plainText(why)}` },
    })),
    ...report.cannotTell.map(({ rule, subject, why }) => ({
      level: 'note' as const,
      associatedRule: { id: rule },
      message: { text: `${plainText(subject.name)}: ${plainText(why)}` },
    })),
  ];
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Headroom', semanticVersion: options.version, rules: rules.map(describe) } },
        originalUriBaseIds: { '%SRCROOT%': { description: { text: "The repository's root." } } },
        automationDetails: { id: `headroom-audit/${options.category ?? 'default'}/` },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: true,
            endTimeUtc: report.at,
            toolExecutionNotifications: notifications.slice(0, MOST_NOTIFICATIONS),
          },
        ],
        results: all.slice(0, MOST_RESULTS).map(resultOf),
      },
    ],
  };
};

export const sarifReport = (report: AuditReport, options: SarifOptions): string =>
  `${JSON.stringify(sarifLog(report, options), null, 2)}\n`;
