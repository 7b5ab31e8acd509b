/** @jsxRuntime automatic */
/** @jsxImportSource preact */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderToStaticMarkup } from 'preact-render-to-string';
import { PageScript, PageStyle, Section } from '../../page/page';
import type { DrillReport } from './drill-report';

const here = (file: string) => readFileSync(join(__dirname, file), 'utf8');

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
const gib = (bytes: number) => `${(bytes / GIB).toFixed(2)} GiB`;
const freed = (bytes: number) => (bytes >= GIB ? gib(bytes) : `${(bytes / MIB).toFixed(0)} MiB`);

/** What the page's script draws: only numbers and step names, never text from the node as markup. */
const chartData = (report: DrillReport) => ({
  seconds: report.curve.map((sample) => sample.atSeconds),
  usedPercent: report.curve.map((sample) => sample.usedPercent),
  inodesUsedPercent: report.curve.map((sample) => sample.inodesUsedPercent),
  sizeGiB: report.curve.map((sample) => Number((sample.sizeBytes / GIB).toFixed(3))),
  levels: report.levels,
  actions: report.timeline
    .filter((entry) => entry.kind === 'step-started')
    .map((entry) => ({ atSeconds: entry.atSeconds, name: entry.summary.split(' ')[0] ?? '' })),
});

const Figure = (props: { name: string; value: string; from?: string }) => (
  <div class="figure">
    <dt>{props.name}</dt>
    <dd>
      {props.from === undefined ? null : <span class="from">{props.from} → </span>}
      {props.value}
    </dd>
  </div>
);

const Verdict = ({ report }: { report: DrillReport }) => (
  <header class={report.asExpected ? 'good' : 'bad'}>
    <p class="kicker">
      Headroom drill · {report.scenario} · {report.node.role} · {report.node.rootFs} · environment{' '}
      {report.environment}
    </p>
    <h1>
      {report.verdict}
      <small>{report.asExpected ? 'as expected' : `expected ${String(report.expected['verdict'])}`}</small>
    </h1>
    <p>{report.title}</p>
    {report.differences.length > 0 ? (
      <ul>
        {report.differences.map((difference) => (
          <li>{difference}</li>
        ))}
      </ul>
    ) : null}
  </header>
);

const Figures = ({ report: { before, after, ...report } }: { report: DrillReport }) => (
  <dl class="figures">
    <Figure name="Used" from={`${before.usedPercent} %`} value={`${after.usedPercent} %`} />
    <Figure name="Available" from={gib(before.availableBytes)} value={gib(after.availableBytes)} />
    <Figure name="Filesystem" from={gib(before.sizeBytes)} value={gib(after.sizeBytes)} />
    <Figure
      name="Inodes used"
      from={`${before.inodesUsedPercent} %`}
      value={`${after.inodesUsedPercent} %`}
    />
    <Figure
      name="Time to heal"
      value={report.timeToHealSeconds === null ? 'never' : `${report.timeToHealSeconds.toFixed(1)} s`}
    />
  </dl>
);

const Steps = ({ report }: { report: DrillReport }) => (
  <table>
    <thead>
      <tr>
        <th>Step</th>
        <th>Ended</th>
        <th class="number">Seconds</th>
        <th class="number">Freed</th>
        <th>Detail</th>
      </tr>
    </thead>
    <tbody>
      {report.steps.map((step) => (
        <tr>
          <td>
            <code>{step.name}</code>
          </td>
          <td class={step.status === 'Success' ? 'ok' : 'failed'}>{step.status}</td>
          <td class="number">{step.seconds.toFixed(1)}</td>
          <td class="number">{step.bytesFreed === undefined ? '' : freed(step.bytesFreed)}</td>
          <td>{step.detail}</td>
        </tr>
      ))}
    </tbody>
  </table>
);

const ApiCalls = ({ report }: { report: DrillReport }) => (
  <table class="narrow">
    <tbody>
      {Object.entries(report.apiCalls)
        .sort(([a], [b]) => a.localeCompare(b))
        .map(([call, times]) => (
          <tr>
            <td>
              <code>{call}</code>
            </td>
            <td class="number">{times}</td>
          </tr>
        ))}
    </tbody>
  </table>
);

const Timeline = ({ report }: { report: DrillReport }) => (
  <table>
    <tbody>
      {report.timeline.map((entry) => (
        <tr>
          <td class="number">{entry.atSeconds.toFixed(1)} s</td>
          <td>{entry.kind}</td>
          <td>{entry.summary}</td>
        </tr>
      ))}
    </tbody>
  </table>
);

const Page = ({ report }: { report: DrillReport }) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>{`${report.verdict}: Headroom drill ${report.scenario}`}</title>
      <PageStyle own={here('report.css')} />
    </head>
    <body>
      <Verdict report={report} />
      <Figures report={report} />
      <Section title="The disk over time">
        <div id="curve" />
        <p class="note">
          Read inside the virtual machine. Dashed: target {report.levels.targetPercent} %, warning{' '}
          {report.levels.warningPercent} %, critical {report.levels.criticalPercent} %, emergency{' '}
          {report.levels.emergencyPercent} %. Ticks: the steps of HealNode.
        </p>
      </Section>
      <Section title="Steps of HealNode">
        <Steps report={report} />
      </Section>
      <Section title="Calls to AWS">
        <ApiCalls report={report} />
      </Section>
      <Section title="What was sent to people">
        {report.messages.map((message) => (
          <details open>
            <summary>{message.subject}</summary>
            <pre>{message.text}</pre>
          </details>
        ))}
        {report.messages.length === 0 ? <p>Nothing.</p> : null}
      </Section>
      {report.answers.length === 0 ? null : (
        <Section title="What people answered">
          {report.answers.map(({ atSeconds, question, answer, command }) => (
            <p>
              {atSeconds.toFixed(0)} s, to “{question}”: <strong>{answer}</strong>, by <code>{command}</code>
            </p>
          ))}
        </Section>
      )}
      <Section title="Timeline">
        <details>
          <summary>{report.timeline.length} entries</summary>
          <Timeline report={report} />
        </details>
      </Section>
      <Section title="Evidence">
        {Object.entries(report.evidence).map(([name, value]) => (
          <details>
            <summary>{name}</summary>
            <pre>{typeof value === 'string' ? value : JSON.stringify(value, null, 2)}</pre>
          </details>
        ))}
      </Section>
      <footer>
        Started {report.startedAt}, {report.seconds.toFixed(0)} s in all.
      </footer>
      <PageScript name="drill" data={chartData(report)} own={here('chart.browser.js')} />
    </body>
  </html>
);

/** One file without any reference to another host: it can be attached to a ticket and opened anywhere. */
export const htmlReport = (report: DrillReport): string =>
  `<!doctype html>\n${renderToStaticMarkup(<Page report={report} />)}\n`;
