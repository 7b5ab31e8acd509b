/** @jsxRuntime automatic */
/** @jsxImportSource preact */
import type { ComponentChildren } from 'preact';
import { plainText } from '../../domain/messages/plain-text';
import { Chart, type Level } from '../../page/chart';
import { Figure, Figures, Page, Pill, Section, renderPage, type Tone } from '../../page/page';
import { Table, type Column } from '../../page/table';
import type { AuditReport, NodeGroupFigures, NodeGroupReview, ReportedFinding } from '../report-model';
import { COLUMNS, beforeAfter, days, gib, missingFigures, nodes } from './figures-text';
import {
  findingTitle,
  fixOf,
  headline,
  isChange,
  plural,
  replacedGroups,
  replacementText,
  summary,
  verdictOf,
  type Verdict,
} from './verdict';

/** No reader looks at more charts, and none at more rows. */
const MOST_CHARTS = 60;
const MOST_ROWS = 2_000;

const TONES: { readonly [V in Verdict]: Tone } = {
  passed: 'good',
  'passed-with-findings': 'warn',
  failed: 'bad',
};

const severityTone = (severity: ReportedFinding['severity']): Tone =>
  severity === 'error' ? 'bad' : severity === 'warning' ? 'warn' : 'neutral';

const BeforeAfter = (props: { review: NodeGroupReview; of: (figures: NodeGroupFigures) => string }) => {
  const { before, now } = beforeAfter(props.review, props.of);
  return before === undefined ? (
    <span>{now}</span>
  ) : (
    <span>
      <span class="from">{before} → </span>
      <strong>{now}</strong>
    </span>
  );
};

const GroupName = ({ review }: { review: NodeGroupReview }) => (
  <>
    {plainText(review.name, 100)}
    {review.change === 'added' || review.change === 'removed' ? (
      <span class="soft"> {review.change}</span>
    ) : null}
    {(review.changes ?? []).map((change) => (
      <div class="soft">{plainText(change, 120)}</div>
    ))}
  </>
);

const Replaced = (props: { review: NodeGroupReview; replaced: ReadonlySet<string> }) => {
  const text = replacementText(props.review, props.replaced);
  return text.startsWith('yes') ? <Pill tone="bad">{text}</Pill> : <>{text}</>;
};

const Groups = (props: {
  title: string;
  groups: readonly NodeGroupReview[];
  replaced: ReadonlySet<string> | undefined;
}) => {
  const { replaced } = props;
  const columns: readonly Column<NodeGroupReview>[] = [
    { title: 'Node group', cell: (review) => <GroupName review={review} /> },
    ...COLUMNS.map(({ title, of }) => ({
      title,
      number: true,
      cell: (review: NodeGroupReview) => <BeforeAfter review={review} of={of} />,
    })),
    ...(replaced === undefined
      ? []
      : [
          {
            title: 'Replaced',
            number: true,
            cell: (review: NodeGroupReview) => <Replaced review={review} replaced={replaced} />,
          },
        ]),
  ];
  return props.groups.length === 0 ? null : (
    <Section title={props.title}>
      <Table label={props.title} columns={columns} rows={props.groups.slice(0, MOST_ROWS)} />
    </Section>
  );
};

const Finding = ({ finding }: { finding: ReportedFinding }) => (
  <article class={`message ${severityTone(finding.severity)}`}>
    <p class="message-kind">
      <Pill tone={severityTone(finding.severity)}>{finding.severity}</Pill>
      <code>{plainText(finding.rule, 60)}</code>
    </p>
    <h3>{findingTitle(finding)}</h3>
    <p>
      {plainText(finding.remediation)}
      {finding.fix === undefined || fixOf(finding) === undefined ? null : (
        <span>
          {' '}
          In <code>{plainText(finding.fix.file, 200)}</code>:{' '}
          <code>{plainText(`${finding.fix.path}: ${String(finding.fix.value)}`, 200)}</code>
        </span>
      )}
    </p>
    <p class="note">
      {plainText(finding.why)}{' '}
      <code>
        {plainText(finding.at.file, 200)}
        {finding.at.line === undefined ? '' : `:${finding.at.line}`}
      </code>
    </p>
  </article>
);

const Findings = (props: { title: string; findings: readonly ReportedFinding[] }) =>
  props.findings.length === 0 ? null : (
    <Section title={props.title}>
      <div class="messages">
        {props.findings.slice(0, MOST_ROWS).map((finding) => (
          <Finding finding={finding} />
        ))}
      </div>
    </Section>
  );

const Lines = (props: { title: string; lines: readonly ComponentChildren[] }) =>
  props.lines.length === 0 ? null : (
    <Section title={props.title}>
      <ul class="list">
        {props.lines.slice(0, MOST_ROWS).map((line) => (
          <li>{line}</li>
        ))}
      </ul>
    </Section>
  );

const ReviewFigure = (props: {
  name: string;
  review: NodeGroupReview;
  of: (figures: NodeGroupFigures) => string;
}) => {
  const { before, now } = beforeAfter(props.review, props.of);
  return <Figure name={props.name} from={before} value={now} />;
};

type CurvePoint = NodeGroupFigures['curve'][number];

const LEVEL_TONES: { readonly [L in keyof NonNullable<NodeGroupReview['levels']>]: Tone } = {
  warningPercent: 'warn',
  criticalPercent: 'bad',
  emergencyPercent: 'bad',
};

const levelsOf = (levels: NodeGroupReview['levels']): readonly Level[] =>
  Object.entries(levels ?? {}).map(([key, value]) => ({
    name: key.replace('Percent', ''),
    value,
    tone: LEVEL_TONES[key as keyof typeof LEVEL_TONES] ?? 'neutral',
  }));

const Curves = ({ group }: { group: NodeGroupReview }) => {
  const [before, after] = [group.before?.curve ?? [], group.after?.curve ?? []];
  const now = after.length > 0 ? after : before;
  const old = after.length > 0 && JSON.stringify(before) !== JSON.stringify(after) ? before : [];
  const all = [...now, ...old];
  const lines = (what: string, of: (point: CurvePoint) => number) => {
    const points = (curve: readonly CurvePoint[]) => curve.map((point) => [point.day, of(point)] as const);
    return [
      ...(old.length === 0 ? [] : [{ name: `${what} before`, look: 'before' as const, points: points(old) }]),
      { name: old.length === 0 ? what : `${what} after`, look: 'main' as const, points: points(now) },
    ];
  };
  const x = { from: 0, to: Math.max(...all.map(({ day }) => day)), title: 'days' };
  const sizes = all.map(({ sizeGiB }) => sizeGiB);
  const name = plainText(group.name, 100);
  return (
    <>
      <Chart
        label={`Forecast of the used percent of / of ${name} over ${x.to} days.`}
        lines={lines('used', ({ usedPercent }) => usedPercent)}
        x={x}
        y={{ to: 100, unit: '%', at: [0, 25, 50, 75, 100] }}
        levels={levelsOf(group.levels)}
        joined
        height={160}
      />
      <Chart
        label={`Forecast of the volume of ${name}: from ${sizes[0]} to ${Math.max(...sizes)} GiB.`}
        lines={lines('size', ({ sizeGiB }) => sizeGiB)}
        x={x}
        y={{ to: Math.max(...sizes) * 1.1, unit: 'GiB', at: [0, Math.max(...sizes)] }}
        height={64}
      />
    </>
  );
};

const GroupDetails = ({ group }: { group: NodeGroupReview }) => {
  const figures = group.after ?? group.before;
  const missing = figures ? missingFigures(figures) : [];
  return (
    <article>
      <h3>
        {plainText(group.name, 100)}{' '}
        {group.role === group.name ? null : <span class="soft">{plainText(group.role, 60)}</span>}
      </h3>
      <Figures>
        <ReviewFigure name="Nodes" review={group} of={nodes} />
        <ReviewFigure name="Recommended" review={group} of={(f) => gib(f.recommendedGiB)} />
        <ReviewFigure name="Growth a day" review={group} of={(f) => gib(f.growthGiBPerDay)} />
        <ReviewFigure name="To critical" review={group} of={(f) => days(f.days.critical)} />
        <ReviewFigure name="To full" review={group} of={(f) => days(f.days.full)} />
      </Figures>
      {figures?.curve.length ? <Curves group={group} /> : null}
      {missing.length === 0 ? null : (
        <p class="note">Not known: {missing.map((line) => plainText(line)).join('; ')}.</p>
      )}
    </article>
  );
};

const AuditPage = ({ report }: { report: AuditReport }) => {
  const compared = report.base !== undefined;
  const changed = report.nodeGroups.filter(isChange);
  const others = report.nodeGroups.filter((group) => !isChange(group));
  const groups = [...changed, ...others];
  return (
    <Page
      title={`${headline(report)} · Headroom audit`}
      tone={TONES[verdictOf(report)]}
      kicker="Headroom audit"
      verdict={headline(report)}
      lead={<p>{summary(report).join(' ')}</p>}
      facts={[
        plainText(report.audited, 200),
        ...(report.base === undefined ? [] : [`against ${plainText(report.base, 200)}`]),
      ]}
      footer={
        <p>
          {plainText(report.at, 40)} · {plural(report.rules.length, 'rule')} · prices of{' '}
          {plainText(report.prices.date, 40)} ({plainText(report.prices.source, 200)})
          {report.prices.unknownRegions.length > 0
            ? `, none for ${plainText(report.prices.unknownRegions.join(', '), 200)}`
            : ''}
        </p>
      }
    >
      <Groups title="What changes" groups={changed} replaced={replacedGroups(report)} />
      <Findings
        title={compared ? 'New with this change' : 'Findings'}
        findings={report.findings.filter(({ isNew }) => !compared || isNew === true)}
      />
      <Findings
        title="In the base too"
        findings={report.findings.filter(({ isNew }) => compared && isNew !== true)}
      />
      <Groups
        title={compared ? 'Unchanged node groups' : 'Node groups'}
        groups={others}
        replaced={undefined}
      />
      {groups.length > 0 ? (
        <Section
          title="Headroom over time"
          note="Used percent of / of a new node at its growth rate, with the volume grown as healing would grow it."
        >
          <div class="cards">
            {groups.slice(0, MOST_CHARTS).map((group) => (
              <GroupDetails group={group} />
            ))}
          </div>
        </Section>
      ) : null}
      <Lines
        title="Could not be judged"
        lines={report.cannotTell.map(({ rule, subject, why }) => (
          <span>
            {plainText(subject.name, 100)}: {plainText(why)} <code>{plainText(rule, 60)}</code>
          </span>
        ))}
      />
      <Lines
        title="Could not be read"
        lines={report.unreadable.map(({ file, why }) => (
          <span>
            <code>{plainText(file, 200)}</code>: {plainText(why)}
          </span>
        ))}
      />
      <Lines
        title="Accepted"
        lines={report.suppressed.map(({ rule, subject, message, suppression }) => (
          <span>
            {plainText(subject.name, 100)}: {plainText(message)} <code>{plainText(rule, 60)}</code>, because:{' '}
            {plainText(suppression.reason)}
            {suppression.expires === undefined ? '' : ` (until ${plainText(suppression.expires, 40)})`}
          </span>
        ))}
      />
    </Page>
  );
};

export const htmlReport = (report: AuditReport): string => renderPage(<AuditPage report={report} />);
