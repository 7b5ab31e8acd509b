/** @jsxRuntime automatic */
/** @jsxImportSource preact */
import { GIB, formatBytes, formatPercent, formatSeconds } from '../../domain/units';
import { Chart, type Level } from '../../page/chart';
import { AlarmMail, Chat, Mail, OpsItemCard } from '../../page/messages';
import { Details, Figure, Figures, Page, Raw, Section, renderPage, type Tone } from '../../page/page';
import { Steps } from '../../page/steps';
import { Table } from '../../page/table';
import type { DiskSample, DrillReport, OpenedOpsItem, SentMessage } from './drill-report';
import { CHANGES_NOTHING } from './drill-table';
import { curvePhases, stepRuns, type StepRun } from './phases';
import { messageTone, receivedMessage } from './received-message';

/** Of the drill's time, e.g. `at 81 s`. */
const at = (seconds: number): string => `at ${formatSeconds(seconds)}`;

const levelsOf = ({ levels }: DrillReport): readonly Level[] => [
  { name: 'emergency', value: levels.emergencyPercent, tone: 'bad' },
  { name: 'critical', value: levels.criticalPercent, tone: 'bad' },
  { name: 'warning', value: levels.warningPercent, tone: 'warn' },
  { name: 'target', value: levels.targetPercent, tone: 'good' },
];

/** The largest unit of which a span has more than a few. @param span seconds */
const timeAxis = (span: number): { readonly unit: string; readonly seconds: number } => {
  if (span < 240) return { unit: 'seconds', seconds: 1 };
  return span < 4 * 3600 ? { unit: 'minutes', seconds: 60 } : { unit: 'hours', seconds: 3600 };
};

const Curve = (props: {
  report: DrillReport;
  samples: readonly DiskSample[];
  runs: readonly StepRun[];
  first: boolean;
}) => {
  const { samples, runs, report } = props;
  const [from, to] = [samples[0]?.atSeconds ?? 0, samples.at(-1)?.atSeconds ?? 0];
  const { unit, seconds } = timeAxis(to - from);
  const since = props.first ? 0 : from;
  const onAxis = (atSeconds: number): number => (atSeconds - since) / seconds;
  const x = {
    from: onAxis(from),
    to: onAxis(to),
    title: props.first ? `${unit} since the disk was filled` : `${unit} from then on`,
  };
  const line = (of: (sample: DiskSample) => number) =>
    samples.map((sample) => [onAxis(sample.atSeconds), of(sample)] as const);
  const gib = (sample: DiskSample): number => Number((sample.sizeBytes / GIB).toFixed(1));
  const sizes = samples.map(gib);
  const used = samples.map(({ usedPercent }) => usedPercent);
  const running = runs.filter((run) => run.toSeconds > from && run.fromSeconds < to);
  return (
    <div class="details">
      <Chart
        label={`Used percent of / over time: from ${used[0]} % to ${used.at(-1)} %, at most ${Math.max(...used)} %.`}
        lines={[
          { name: 'disk used', look: 'main', points: line(({ usedPercent }) => usedPercent) },
          { name: 'inodes used', look: 'second', points: line(({ inodesUsedPercent }) => inodesUsedPercent) },
        ]}
        x={x}
        y={{ to: 100, unit: '%', at: [0, 20, 40, 60, 80, 100] }}
        levels={levelsOf(report)}
        joined
        bands={{
          name: 'an execution runs',
          spans: running.map((run) => [
            onAxis(Math.max(from, run.fromSeconds)),
            onAxis(Math.min(to, run.toSeconds)),
          ]),
        }}
      />
      <Chart
        label={`Size of the filesystem over time: from ${sizes[0]} GiB to ${sizes.at(-1)} GiB.`}
        lines={[{ name: 'size of the filesystem', look: 'main', points: line(gib) }]}
        x={x}
        y={{
          to: Math.max(...sizes) * 1.15,
          unit: 'GiB',
          at: [0, sizes[0] ?? 0, sizes.at(-1) ?? 0],
        }}
        height={80}
      />
      <Details summary={`${samples.length} samples`}>
        <Table
          label="Samples of the disk"
          columns={[
            { title: 'Second', number: true, cell: (sample) => sample.atSeconds.toFixed(1) },
            { title: 'Used', number: true, cell: ({ usedPercent }) => formatPercent(usedPercent) },
            { title: 'Inodes', number: true, cell: (sample) => formatPercent(sample.inodesUsedPercent) },
            { title: 'Available', number: true, cell: (sample) => formatBytes(sample.availableBytes) },
            { title: 'Filesystem', number: true, cell: ({ sizeBytes }) => formatBytes(sizeBytes) },
          ]}
          rows={samples}
        />
      </Details>
    </div>
  );
};

/** Automation's words, e.g. `TimedOut`. */
const stepTone = (status: string): Tone =>
  status === 'Success' ? 'good' : /^(InProgress|Waiting|Pending|Cancell)/.test(status) ? 'neutral' : 'bad';

const Run = ({ run }: { run: StepRun }) => (
  <>
    <h3>
      {run.document}{' '}
      <span class="soft">
        started {at(run.fromSeconds)}, took {formatSeconds(run.toSeconds - run.fromSeconds)}
      </span>
    </h3>
    <Steps
      label={`Steps of ${run.document}`}
      steps={run.steps.map(({ name, from, to, status, detail, bytesFreed }) => ({
        name,
        from,
        to,
        outcome: status,
        tone: stepTone(status),
        detail:
          bytesFreed === undefined || detail.includes('freed')
            ? detail
            : [`freed ${formatBytes(bytesFreed)}`, detail].filter(Boolean).join('; '),
      }))}
    />
  </>
);

const Message = ({ message }: { message: SentMessage }) => {
  const received = receivedMessage(message);
  const common = { tone: messageTone(message.subject), at: at(message.atSeconds), title: received.title };
  switch (received.kind) {
    case 'mail':
      return <Mail {...common} text={received.text} />;
    case 'chat':
      return <Chat {...common} {...received} />;
    case 'alarm':
      return <AlarmMail {...common} {...received} />;
    case 'data':
      return <Raw name={received.title} value={received.value} />;
  }
};

const OpsItem = ({ item }: { item: OpenedOpsItem }) => (
  <OpsItemCard
    tone={item.severity === '1' || item.severity === '2' ? 'bad' : 'warn'}
    at={at(item.atSeconds)}
    id={item.id}
    title={item.title}
    severity={item.severity ?? undefined}
    status={item.status}
    description={item.description}
  />
);

interface Calls {
  readonly call: string;
  readonly times: number;
}

const CallTable = ({ label, calls }: { label: string; calls: readonly Calls[] }) => (
  <Table
    label={label}
    columns={[
      { title: 'Call', cell: ({ call }) => <code>{call}</code> },
      { title: 'Times', number: true, cell: ({ times }) => times },
    ]}
    rows={calls}
  />
);

const ApiCalls = ({ report }: { report: DrillReport }) => {
  const calls = Object.entries(report.apiCalls)
    .map(([call, times]) => ({ call, times }))
    .sort((a, b) => a.call.localeCompare(b.call));
  const changing = calls.filter(({ call }) => !CHANGES_NOTHING.test(call));
  const reading = calls.filter(({ call }) => CHANGES_NOTHING.test(call));
  const times = reading.reduce((sum, each) => sum + each.times, 0);
  return (
    <>
      {changing.length === 0 ? (
        <p>Nothing was changed.</p>
      ) : (
        <CallTable label="Calls that change something" calls={changing} />
      )}
      {reading.length === 0 ? null : (
        <Details summary={`${times} calls that only read`}>
          <CallTable label="Calls that only read" calls={reading} />
        </Details>
      )}
    </>
  );
};

const Lead = ({ report }: { report: DrillReport }) => (
  <>
    <p>{report.title}</p>
    {report.differences.length === 0 ? null : (
      <ul>
        {report.differences.map((difference) => (
          <li>{difference}</li>
        ))}
      </ul>
    )}
  </>
);

const DrillPage = ({ report }: { report: DrillReport }) => {
  const { before, after, node, timeToHealSeconds } = report;
  const runs = stepRuns(report);
  const phases = curvePhases(report.curve);
  return (
    <Page
      title={`${report.verdict}: Headroom drill ${report.scenario}`}
      tone={report.asExpected ? 'good' : 'bad'}
      kicker="Headroom drill"
      verdict={report.verdict}
      pill={report.asExpected ? 'as expected' : `expected ${String(report.expected['verdict'])}`}
      lead={<Lead report={report} />}
      facts={[
        `scenario ${report.scenario}`,
        node.role,
        `${node.diskGiB} GiB ${node.rootFs}`,
        `environment ${report.environment}`,
      ]}
      footer={
        <p>
          Started {report.startedAt}, {formatSeconds(report.seconds)} in all. Every figure of the disk was
          read inside the virtual machine.
        </p>
      }
    >
      <Figures>
        <Figure
          name="Time to heal"
          value={timeToHealSeconds === null ? 'never' : `${timeToHealSeconds.toFixed(1)} s`}
        />
        <Figure
          name="Used"
          from={formatPercent(before.usedPercent)}
          value={formatPercent(after.usedPercent)}
        />
        <Figure
          name="Available"
          from={formatBytes(before.availableBytes)}
          value={formatBytes(after.availableBytes)}
        />
        <Figure name="Filesystem" from={formatBytes(before.sizeBytes)} value={formatBytes(after.sizeBytes)} />
        <Figure
          name="Inodes used"
          from={formatPercent(before.inodesUsedPercent)}
          value={formatPercent(after.inodesUsedPercent)}
        />
      </Figures>
      {phases.length === 0 ? null : (
        <Section title="The disk over time">
          {phases.map((samples, index) => (
            <>
              {index === 0 ? null : <h3>Later, from {formatSeconds(samples[0]?.atSeconds ?? 0)} on</h3>}
              <Curve report={report} samples={samples} runs={runs} first={index === 0} />
            </>
          ))}
        </Section>
      )}
      <Section title="Steps" note="Each with its start and end, in seconds of its execution.">
        {runs.length === 0 ? <p>No execution started.</p> : runs.map((run) => <Run run={run} />)}
      </Section>
      <Section title="What operators received">
        {report.messages.length + report.opsItems.length === 0 ? <p>Nothing.</p> : null}
        <div class="messages">
          {report.messages.map((message) => (
            <Message message={message} />
          ))}
          {report.opsItems.map((item) => (
            <OpsItem item={item} />
          ))}
        </div>
      </Section>
      {report.answers.length === 0 ? null : (
        <Section title="What operators answered">
          {report.answers.map(({ atSeconds, question, answer, command }) => (
            <p>
              <strong>{answer}</strong> to “{question}” <span class="soft">{at(atSeconds)}</span>
              <br />
              <code>{command}</code>
            </p>
          ))}
        </Section>
      )}
      <Section title="Calls to AWS">
        <ApiCalls report={report} />
      </Section>
      <Section title="Full record" screenOnly>
        <div class="details">
          <Details summary={`Timeline: ${report.timeline.length} entries`}>
            <Table
              label="Timeline"
              columns={[
                { title: 'Second', number: true, cell: ({ atSeconds }) => atSeconds.toFixed(1) },
                { title: 'What', cell: ({ kind }) => kind },
                { title: 'Detail', cell: ({ summary }) => summary },
              ]}
              rows={report.timeline}
            />
          </Details>
          {Object.entries(report.evidence).map(([name, value]) => (
            <Raw name={name} value={value} />
          ))}
        </div>
      </Section>
    </Page>
  );
};

export const htmlReport = (report: DrillReport): string => renderPage(<DrillPage report={report} />);
