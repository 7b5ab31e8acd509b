/** @jsxRuntime automatic */
/** @jsxImportSource preact */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ComponentChildren } from 'preact';
import { renderToStaticMarkup } from 'preact-render-to-string';
import { PageScript, PageStyle, Section } from '../../page/page';
import type { AuditReport, NodeGroupFigures, NodeGroupReview, ReportedFinding } from '../report-model';
import { COLUMNS, beforeAfter, days, gib, missingFigures, nodes } from './figures-text';
import { plainText } from '../../domain/messages/plain-text';
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
} from './verdict';

const here = (file: string) => readFileSync(join(__dirname, file), 'utf8');

/** A browser draws no more charts than anybody would look at. */
const MOST_CHARTS = 60;
const MOST_ROWS = 2_000;

type Curve = NodeGroupFigures['curve'];
const columns = (curve: Curve = []) => [
  curve.map(({ day }) => day),
  curve.map(({ usedPercent }) => usedPercent),
  curve.map(({ sizeGiB }) => sizeGiB),
];

const chartsOf = (groups: readonly NodeGroupReview[]) =>
  groups
    .filter(({ before, after }) => (after ?? before)?.curve.length)
    .slice(0, MOST_CHARTS)
    .map((group) => ({ group, element: `curve-${groups.indexOf(group)}` }));

/** What the page's script draws: numbers alone, no text of a template. */
const chartData = (groups: readonly NodeGroupReview[]) =>
  chartsOf(groups).map(({ group, element }) => ({
    element,
    before: columns(group.before?.curve),
    after: columns(group.after?.curve),
    levels: group.levels ?? null,
  }));

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

const Groups = (props: { groups: readonly NodeGroupReview[]; replaced: ReadonlySet<string> | undefined }) => (
  <div class="scroll">
    <table>
      <thead>
        <tr>
          <th>Node group</th>
          {COLUMNS.map(({ title }) => (
            <th class="number">{title}</th>
          ))}
          {props.replaced ? <th class="number">Replaced</th> : null}
        </tr>
      </thead>
      <tbody>
        {props.groups.slice(0, MOST_ROWS).map((review) => (
          <tr>
            <td>
              {plainText(review.name, 100)}
              {review.change === 'added' || review.change === 'removed' ? (
                <span class="from"> {review.change}</span>
              ) : null}
              {(review.changes ?? []).map((change) => (
                <div class="from">{plainText(change, 120)}</div>
              ))}
            </td>
            {COLUMNS.map(({ of }) => (
              <td class="number">
                <BeforeAfter review={review} of={of} />
              </td>
            ))}
            {props.replaced ? (
              <td
                class={replacementText(review, props.replaced).startsWith('yes') ? 'number error' : 'number'}
              >
                {replacementText(review, props.replaced)}
              </td>
            ) : null}
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

const Finding = ({ finding }: { finding: ReportedFinding }) => (
  <article class={finding.severity}>
    <h3>
      <span class="badge">{finding.severity}</span> {findingTitle(finding)}
    </h3>
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
      </code>{' '}
      · <code>{plainText(finding.rule, 60)}</code>
    </p>
  </article>
);

const Findings = (props: { title: string; findings: readonly ReportedFinding[] }) =>
  props.findings.length === 0 ? null : (
    <Section title={props.title}>
      {props.findings.slice(0, MOST_ROWS).map((finding) => (
        <Finding finding={finding} />
      ))}
    </Section>
  );

const Lines = (props: { title: string; lines: readonly ComponentChildren[] }) =>
  props.lines.length === 0 ? null : (
    <Section title={props.title}>
      <ul>
        {props.lines.slice(0, MOST_ROWS).map((line) => (
          <li>{line}</li>
        ))}
      </ul>
    </Section>
  );

const Figure = (props: {
  name: string;
  review: NodeGroupReview;
  of: (figures: NodeGroupFigures) => string;
}) => (
  <div class="figure">
    <dt>{props.name}</dt>
    <dd>
      <BeforeAfter review={props.review} of={props.of} />
    </dd>
  </div>
);

const GroupDetails = ({ group, element }: { group: NodeGroupReview; element: string | undefined }) => {
  const figures = group.after ?? group.before;
  const missing = figures ? missingFigures(figures) : [];
  return (
    <section class="group">
      <h3>
        {plainText(group.name, 100)}{' '}
        {group.role === group.name ? null : <span class="from">{group.role}</span>}
      </h3>
      <dl class="figures">
        <Figure name="Nodes" review={group} of={nodes} />
        <Figure name="Recommended" review={group} of={(f) => gib(f.recommendedGiB)} />
        <Figure name="Growth a day" review={group} of={(f) => gib(f.growthGiBPerDay)} />
        <Figure name="To critical" review={group} of={(f) => days(f.days.critical)} />
        <Figure name="To full" review={group} of={(f) => days(f.days.full)} />
      </dl>
      {element === undefined ? null : <div class="curve" id={element} />}
      {missing.length === 0 ? null : (
        <p class="note">Not known: {missing.map((line) => plainText(line)).join('; ')}.</p>
      )}
    </section>
  );
};

const Page = ({ report }: { report: AuditReport }) => {
  const compared = report.base !== undefined;
  const changed = report.nodeGroups.filter(isChange);
  const others = report.nodeGroups.filter((group) => !isChange(group));
  const groups = [...changed, ...others];
  const elements = new Map(chartsOf(groups).map(({ group, element }) => [group, element]));
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
        />
        <title>{`${headline(report)} · Headroom audit`}</title>
        <PageStyle own={here('report.css')} />
      </head>
      <body>
        <header class={verdictOf(report)}>
          <p class="kicker">
            Headroom audit · {plainText(report.audited, 200)}
            {report.base === undefined ? '' : ` against ${plainText(report.base, 200)}`}
          </p>
          <h1>{headline(report)}</h1>
          <p>{summary(report).join(' ')}</p>
        </header>
        {changed.length > 0 ? (
          <Section title="What changes">
            <Groups groups={changed} replaced={replacedGroups(report)} />
          </Section>
        ) : null}
        <Findings
          title={compared ? 'New with this change' : 'Findings'}
          findings={report.findings.filter(({ isNew }) => !compared || isNew === true)}
        />
        <Findings
          title="In the base too"
          findings={report.findings.filter(({ isNew }) => compared && isNew !== true)}
        />
        {others.length > 0 ? (
          <Section title={compared ? 'Unchanged node groups' : 'Node groups'}>
            <Groups groups={others} replaced={undefined} />
          </Section>
        ) : null}
        {groups.length > 0 ? (
          <Section title="Headroom over time">
            <p class="note">
              Used percent of / of a fresh node at its growth rate, with the growth steps of healing. Solid:
              after; dashed: before. Horizontal: the levels.
            </p>
            {groups.slice(0, MOST_CHARTS).map((group) => (
              <GroupDetails group={group} element={elements.get(group)} />
            ))}
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
              {plainText(subject.name, 100)}: {plainText(message)} <code>{plainText(rule, 60)}</code>,
              because: {plainText(suppression.reason)}
              {suppression.expires === undefined ? '' : ` (until ${plainText(suppression.expires, 40)})`}
            </span>
          ))}
        />
        <footer>
          {plainText(report.at, 40)} · {plural(report.rules.length, 'rule')} · prices of{' '}
          {plainText(report.prices.date, 40)} ({plainText(report.prices.source, 200)})
          {report.prices.unknownRegions.length > 0
            ? `, none for ${plainText(report.prices.unknownRegions.join(', '), 200)}`
            : ''}
        </footer>
        <PageScript name="charts" data={chartData(groups)} own={here('chart.browser.js')} />
      </body>
    </html>
  );
};

/** One file without any reference to another host: it can be attached to a pull request and opened anywhere. */
export const htmlReport = (report: AuditReport): string =>
  `<!doctype html>\n${renderToStaticMarkup(<Page report={report} />)}\n`;
