/** @jsxRuntime automatic */
/** @jsxImportSource preact */
import { formatSeconds } from '../domain/units';
import { UNWITNESSED, type UnwitnessedName } from '../../packages/local-aws/src';
import { Histogram } from '../page/chart';
import { Details, Figure, Figures, Page, Pill, Section, renderPage, type Tone } from '../page/page';
import { ShareBar } from '../page/share-bar';
import { Table } from '../page/table';
import { CRASH_KINDS, crashName } from './crash-points';
import type { CrashReport, CrashRun } from './crash-runs';
import { crashCounts, replayCrash } from './crash-table';
import {
  brokenInvariants,
  percentile,
  properties,
  replayCommand,
  type Property,
  type SimulationResult,
} from './result';

export interface SimulationReport {
  /** ISO 8601. */
  readonly at: string;
  /** With `crashes`, the run without one. */
  readonly result: SimulationResult;
  /** The one crash of the run. */
  readonly crash?: CrashRun | undefined;
  /** A crash at every place of the run. */
  readonly crashes?: CrashReport | undefined;
}

const MEANINGS: { readonly [P in Property['name']]: string } = {
  lost: 'No node is left over its level without a healing under way, a message waiting, or an operator notified.',
  duplicateExecutions: 'No node has two executions at a time; no alarm transition is answered twice.',
  quorumViolations: 'No control-plane node is healed or rebooted while another one is not well.',
  capViolations: 'No volume is modified beyond its cap, to a smaller size, or more often than EBS allows.',
  boundViolations: 'Nothing is bought beyond the budget; no node is healed more often a day than allowed.',
  repeatedEscalations: 'After an operator was notified, the sweep backs off.',
  cameToRest: 'No message waits, no execution runs, and a sweep has found nothing more.',
  drainSeconds: 'The storm is over within 1.2 × the lower bound.',
};

const judged = ({ holds }: Property): { readonly tone: Tone; readonly text: string } =>
  holds === null
    ? { tone: 'neutral', text: 'not judged' }
    : holds
      ? { tone: 'good', text: 'holds' }
      : { tone: 'bad', text: 'violated' };

const Properties = ({ result }: { result: SimulationResult }) => (
  <Table
    label="Properties"
    columns={[
      {
        title: 'Property',
        cell: (property: Property) => (
          <>
            <code>{property.name}</code>
            <div class="soft">{MEANINGS[property.name]}</div>
          </>
        ),
      },
      { title: 'Must be', cell: ({ must }) => must },
      { title: 'Was', cell: ({ got }) => got },
      {
        title: 'Verdict',
        cell: (property) => <Pill tone={judged(property).tone}>{judged(property).text}</Pill>,
      },
    ]}
    rows={properties(result)}
  />
);

const Outcomes = ({ result }: { result: SimulationResult }) => (
  <ShareBar
    label="What became of the nodes"
    parts={[
      { name: 'healed', count: result.healed, tone: 'good' },
      { name: 'relieved', count: result.relieved, tone: 'good' },
      { name: 'waiting', count: result.waiting, tone: 'neutral' },
      { name: 'escalated', count: result.escalated, tone: 'warn' },
      { name: 'gone', count: result.gone, tone: 'neutral' },
      { name: 'lost', count: result.lost, tone: 'bad' },
    ]}
  />
);

const BARS = 30;
const MINUTE = 60;

/** Whole minutes a bar, as few as keep the bars below {@link BARS}. */
const settledBars = (seconds: readonly number[]) => {
  const minutes = (seconds.at(-1) ?? 0) / MINUTE;
  const width = Math.max(1, Math.ceil(minutes / BARS));
  const bars = Array.from({ length: Math.max(1, Math.ceil(minutes / width)) }, (_, index) => ({
    from: index * width,
    to: (index + 1) * width,
    count: 0,
  }));
  for (const each of seconds) {
    const bar = bars[Math.min(bars.length - 1, Math.floor(each / MINUTE / width))];
    if (bar) bar.count += 1;
  }
  return bars;
};

const within = ({ settledAfterSeconds: all }: SimulationResult, share: number): string => {
  const seconds = percentile(all, share);
  return seconds === undefined ? '–' : formatSeconds(seconds);
};

const TimeToSettle = ({ result }: { result: SimulationResult }) => {
  const { settledAfterSeconds: all } = result;
  return (
    <Section
      title="Time to heal"
      note="Minutes from the first alarm until a node of the storm was healed, relieved or escalated, and how many nodes were."
    >
      <Histogram
        label={`Of ${all.length} nodes, half were settled in ${within(result, 0.5)}, all in ${within(result, 1)}.`}
        bars={settledBars(all)}
        title="minutes since the first alarm"
      />
    </Section>
  );
};

const Crashes = ({ crashes }: { crashes: CrashReport }) => (
  <Section
    title="Crash points"
    note="One run for each: the crash comes before or after a call to AWS, a step of an execution, or a command on a node."
  >
    <Table
      label="Crash points by kind"
      columns={[
        { title: 'Kind', cell: ({ kind }) => kind },
        { title: 'Places', number: true, cell: ({ places }) => places },
        { title: 'Tried', number: true, cell: ({ tried }) => tried },
        {
          title: 'Violated',
          number: true,
          cell: ({ violated }) => (violated === 0 ? 0 : <Pill tone="bad">{violated}</Pill>),
        },
      ]}
      rows={[
        ...CRASH_KINDS.map((kind) => ({ kind: kind, ...crashCounts(crashes, kind) })),
        {
          ...{ kind: 'all', places: crashes.places.length, tried: crashes.tried },
          violated: crashes.violated.length,
        },
      ]}
    />
    {crashes.violated.length === 0 ? null : (
      <div class="messages">
        {crashes.violated.map((run) => (
          <Crashed run={run} />
        ))}
      </div>
    )}
  </Section>
);

const Crashed = ({ run }: { run: CrashRun }) => (
  <article class={`message ${run.broken.length === 0 ? 'good' : 'bad'}`}>
    <p class="message-kind">
      <span>
        {run.crash.when} {run.place.kind} {run.crash.place}
      </span>
      <code>{crashName(run.crash)}</code>
    </p>
    <h3>{run.place.what}</h3>
    {run.broken.map((one) => (
      <p>{one}</p>
    ))}
    <pre>{replayCrash(run)}</pre>
  </article>
);

const Unwitnessed = ({ result }: { result: SimulationResult }) => (
  <Section
    title="Unwitnessed behaviours of AWS"
    note="No documentation and no recording says which way AWS behaves, so a seed draws one; what must hold has to hold either way."
  >
    <Table
      label="Unwitnessed behaviours"
      columns={[
        { title: 'Behaviour', cell: (name: UnwitnessedName) => <code>{name}</code> },
        { title: 'This run', cell: (name) => <strong>{result.unwitnessed[name]}</strong> },
        {
          title: 'Other way',
          cell: (name) => (
            <span class="soft">
              {UNWITNESSED[name].filter((way) => way !== result.unwitnessed[name]).join(', ')}
            </span>
          ),
        },
      ]}
      rows={Object.keys(UNWITNESSED) as UnwitnessedName[]}
    />
  </Section>
);

const Sweeps = ({ result }: { result: SimulationResult }) => (
  <Section title="What the sweeps found" note="A node counts with every sweep that finds it.">
    <Table
      label="Findings of the sweeps"
      columns={[
        { title: 'Finding', cell: ([kind]) => kind },
        { title: 'Times', number: true, cell: ([, count]) => count },
      ]}
      rows={[...Object.entries(result.sweepFindings), ['sweeps that failed', result.sweepsFailed] as const]}
    />
  </Section>
);

const violationsOf = ({ result, crash, crashes }: SimulationReport): readonly string[] => [
  ...brokenInvariants(result),
  ...(crash?.broken.filter((one) => !brokenInvariants(result).includes(one)) ?? []),
  ...(crashes === undefined || crashes.violated.length === 0
    ? []
    : [`${crashes.violated.length} of ${crashes.tried} crashes were not survived`]),
];

const SimulationPage = ({ report }: { report: SimulationReport }) => {
  const { result, crash, crashes, at } = report;
  const violations = violationsOf(report);
  const holds = violations.length === 0;
  return (
    <Page
      title={`${holds ? 'All properties hold' : 'Violated'}: Headroom simulation`}
      tone={holds ? 'good' : 'bad'}
      kicker="Headroom simulation"
      verdict={holds ? 'All properties hold' : 'Violated'}
      pill={crashes === undefined ? undefined : `${crashes.tried + 1} runs`}
      lead={
        holds ? (
          <p>
            {result.storm} of {result.nodes} nodes filled up within a minute, and {result.executions}{' '}
            executions followed
            {crashes === undefined
              ? '.'
              : `; then a crash was tried at each of ${crashes.places.length} places.`}
          </p>
        ) : (
          <ul>
            {violations.map((one) => (
              <li>{one}</li>
            ))}
          </ul>
        )
      }
      facts={[
        `${result.nodes} nodes`,
        `storm of ${result.storm}`,
        `faults ${result.faults}`,
        `seed ${result.seed}`,
        `environment ${result.environment}`,
      ]}
      footer={<p>{at}. Time is virtual; what is modelled is in docs/simulate.md.</p>}
    >
      <Figures>
        <Figure name="Half settled in" value={within(result, 0.5)} />
        <Figure name="99 % settled in" value={within(result, 0.99)} />
        <Figure name="All settled in" value={within(result, 1)} />
        <Figure name="Lower bound" value={formatSeconds(result.lowerBoundSeconds)} />
        <Figure name="Executions" value={String(result.executions)} />
        <Figure name="Alarms" value={String(result.alarms)} />
      </Figures>
      <Section title="What became of the nodes">
        <Outcomes result={result} />
      </Section>
      <Section
        title="What must hold"
        note={crashes === undefined ? undefined : 'Of the run without a crash; the others are below.'}
      >
        <Properties result={result} />
      </Section>
      {result.settledAfterSeconds.length === 0 ? null : <TimeToSettle result={result} />}
      {crash === undefined ? null : (
        <Section title="The crash">
          <Crashed run={crash} />
        </Section>
      )}
      {crashes === undefined ? null : <Crashes crashes={crashes} />}
      <Sweeps result={result} />
      <Unwitnessed result={result} />
      <Section title="The same run again">
        <pre>{replayCommand(result)}</pre>
        {crashes === undefined ? null : (
          <Details summary={`All ${crashes.places.length} places`}>
            <Table
              label="Places of the run"
              columns={[
                { title: 'Number', number: true, cell: ({ number }) => number },
                { title: 'Kind', cell: ({ kind }) => kind },
                { title: 'What', cell: ({ what }) => what },
              ]}
              rows={crashes.places}
            />
          </Details>
        )}
      </Section>
    </Page>
  );
};

export const htmlReport = (report: SimulationReport): string =>
  renderPage(<SimulationPage report={report} />);
