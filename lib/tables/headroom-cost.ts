import { LOOK_AT_EACH_MINUTES, SWEEP_MINUTES } from '../domain/sweep/group-look';
import { costOf, type ServicePriceName } from './service-prices';

/** CloudFormation templates of one environment, as the CDK synthesizes them. */
export type CostTemplate = {
  readonly Resources?: Readonly<
    Record<string, { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }>
  >;
};

/** What costs in an environment's templates, counted. */
export interface CostFacts {
  /** Metrics that standard alarms watch: a plain alarm one, one with arithmetic each that it reads. */
  readonly alarmMetrics: number;
  /** Of them, those of one control-plane node. */
  readonly alarmMetricsPerControlPlaneNode: number;
  readonly highResolutionAlarms: number;
  readonly compositeAlarms: number;
  /** Alarms whose query looks at a worker, and those whose query looks at a control-plane node. */
  readonly queryAlarmsPerWorker: number;
  readonly queryAlarmsPerControlPlaneNode: number;
  readonly dashboards: number;
  readonly keys: number;
  /** Metrics of one node's CloudWatch agent. */
  readonly metricsPerNode: number;
  /** Gigabytes of memory of one function. */
  readonly functionGb: number;
}

/** A fleet, and how busy a month it has. */
export interface Fleet {
  readonly controlPlaneNodes: number;
  readonly workers: number;
  readonly workerGroups: number;
  readonly healings: number;
}

export interface CostLine {
  readonly what: string;
  readonly units: number;
  readonly price: ServicePriceName;
  readonly usd: number;
}

/** What the templates do not say: our assumptions. Counted is only `stepsPerHealing`: 27 in the local AWS. */
export const ASSUMED = {
  healingsPerNode: 1,
  /** Of HealNode, with what its way needs; most of its steps are for ways that are not taken. */
  stepsPerHealing: 30,
  invocationsPerHealing: 8,
  secondsPerInvocation: 5,
  /** Of one sweep, and for each thousand nodes. */
  secondsPerSweep: 5,
  secondsPerThousandNodes: 5,
  /** Lambda polls a queue for 20 s at a time, five at once. */
  pollsPerMonth: 5 * 3 * 60 * 24 * 30,
  kilobytesOfLogPerHealing: 50,
  kilobytesOfLogPerSweep: 2,
  objectsPerHealing: 3,
  kilobytesOfEvidence: 100,
  /** Of all healings. */
  escalatedPercent: 5,
  /** Of all sweeps, those in which some node of a group is over a level or silent, so that all of the group are read. */
  groupsInDoubtPercent: 5,
} as const;

const DAYS = 30;
const MINUTES = DAYS * 24 * 60;
const KB_PER_GB = 1_000_000;
const SWEEPS = MINUTES / SWEEP_MINUTES;
/** As the sweep reads them (lambda/sweep/gather.ts). */
const SERIES_PER_GROUP = 4;
const SERIES_PER_NODE = 3;

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

/** @throws Error when an agent's configuration is not there */
export const costFacts = (templates: readonly CostTemplate[], controlPlaneNodes: number): CostFacts => {
  const all = templates.flatMap(({ Resources = {} }) => Object.values(Resources));
  const of = (type: string): readonly Fields[] =>
    all.filter(({ Type }) => Type === type).map(({ Properties = {} }) => Properties);
  const alarms = of('AWS::CloudWatch::Alarm').map((alarm) => ({
    metrics: Array.isArray(alarm['Metrics']) ? alarm['Metrics'].filter(isFields) : [],
    period: Number(alarm['Period'] ?? 60),
    text: JSON.stringify(alarm),
  }));
  const queries = alarms.filter(({ text }) => /SELECT (MAX|MIN)/.test(text));
  const plain = alarms.filter((alarm) => !queries.includes(alarm));
  const metricsOf = ({ metrics }: (typeof alarms)[number]): number =>
    Math.max(1, metrics.filter((each) => each['MetricStat'] !== undefined).length);
  const perInstance = plain.filter(({ text }) => text.includes('"InstanceId"'));
  const groupOf = (text: string): string | undefined => /AutoScalingGroupName = '([^']+)'/.exec(text)?.[1];
  const groups = new Set(queries.map(({ text }) => groupOf(text)).filter((group) => group !== undefined));
  const ofOneGroup = queries.filter(({ text }) => groupOf(text) !== undefined);
  const ofControlPlane = queries.filter(({ text }) =>
    text.includes(controlPlaneNamespace(of('AWS::SSM::Parameter'))),
  );
  const ofAllWorkers = queries.filter((each) => !ofOneGroup.includes(each) && !ofControlPlane.includes(each));
  const sum = (some: typeof alarms): number => some.reduce((total, each) => total + metricsOf(each), 0);
  return {
    alarmMetrics: sum(plain) - sum(perInstance),
    alarmMetricsPerControlPlaneNode: sum(perInstance) / controlPlaneNodes,
    highResolutionAlarms: plain.filter(({ period }) => period < 60).length,
    compositeAlarms: of('AWS::CloudWatch::CompositeAlarm').length,
    queryAlarmsPerWorker: ofOneGroup.length / Math.max(1, groups.size) + ofAllWorkers.length,
    queryAlarmsPerControlPlaneNode: ofControlPlane.length,
    dashboards: of('AWS::CloudWatch::Dashboard').length,
    keys: of('AWS::KMS::Key').length,
    metricsPerNode: agentMetrics(of('AWS::SSM::Parameter')),
    functionGb:
      Math.max(...of('AWS::Lambda::Function').map((each) => Number(each['MemorySize'] ?? 128))) / 1024,
  };
};

/** Where agents of control-plane nodes write. @throws Error when their configuration is not there */
const controlPlaneNamespace = (parameters: readonly Fields[]): string => {
  const found = parameters.find(({ Name }) => typeof Name === 'string' && Name.endsWith('/control-plane'));
  const namespace = /"namespace": "([^"]+)"/.exec(
    JSON.stringify(found?.['Value'] ?? '').replaceAll('\\"', '"'),
  )?.[1];
  if (namespace === undefined) throw new Error('the templates say no namespace of control-plane nodes');
  return namespace;
};

/** What an agent's configuration measures of `/`, and what the guard tells it. */
const agentMetrics = (parameters: readonly Fields[]): number => {
  const measurements = parameters.flatMap((parameter): readonly number[] => {
    const text = typeof parameter['Value'] === 'string' ? parameter['Value'] : '';
    const found = /"measurement": \[([^\]]*)\]/.exec(text)?.[1];
    return found === undefined ? [] : [found.split(',').length];
  });
  if (measurements.length === 0) throw new Error('the templates have no configuration of a CloudWatch agent');
  return Math.max(...measurements) + 1;
};

/** Series that a month of sweeps reads. */
export const sweptSeries = ({ controlPlaneNodes, workers, workerGroups }: Fleet): number => {
  const inTurn = workers * (SWEEP_MINUTES / LOOK_AT_EACH_MINUTES);
  const inDoubt = (workers - inTurn) * (ASSUMED.groupsInDoubtPercent / 100);
  return SWEEPS * (SERIES_PER_NODE * controlPlaneNodes + SERIES_PER_GROUP * workerGroups + inTurn + inDoubt);
};

/** What the sweep read of the same fleet when it read each node's series each time. */
export const sweptSeriesOneByOne = ({ controlPlaneNodes, workers }: Fleet): number =>
  SWEEPS * SERIES_PER_NODE * (controlPlaneNodes + workers);

/** US dollars a month of what Headroom adds to the nodes, the largest first. */
export const headroomCost = (facts: CostFacts, fleet: Fleet): readonly CostLine[] => {
  const { controlPlaneNodes, workers, workerGroups, healings } = fleet;
  const nodes = controlPlaneNodes + workers;
  const seconds =
    healings * ASSUMED.invocationsPerHealing * ASSUMED.secondsPerInvocation +
    SWEEPS * (ASSUMED.secondsPerSweep + (nodes / 1_000) * ASSUMED.secondsPerThousandNodes);
  const logGb =
    (healings * ASSUMED.kilobytesOfLogPerHealing + SWEEPS * ASSUMED.kilobytesOfLogPerSweep) / KB_PER_GB;
  const line = (what: string, price: ServicePriceName, units: number): CostLine => ({
    what,
    units,
    price,
    usd: costOf(price, units),
  });
  const lines = [
    line('Metrics of the nodes', 'customMetric', (nodes + workerGroups) * facts.metricsPerNode),
    line('Agents sending them, once a minute', 'cloudwatchRequest', nodes * MINUTES),
    line(
      'Alarms over many nodes',
      'queryAlarm',
      workers * facts.queryAlarmsPerWorker + controlPlaneNodes * facts.queryAlarmsPerControlPlaneNode,
    ),
    line(
      'Other alarms',
      'alarm',
      facts.alarmMetrics + controlPlaneNodes * facts.alarmMetricsPerControlPlaneNode,
    ),
    line('High-resolution alarms', 'highResolutionAlarm', facts.highResolutionAlarms),
    line('Composite alarms', 'compositeAlarm', facts.compositeAlarms),
    line('Sweep: GetMetricData', 'metricRead', sweptSeries(fleet)),
    line('Dashboard', 'dashboard', facts.dashboards),
    line('Keys', 'key', facts.keys),
    line('Automation steps', 'automationStep', healings * ASSUMED.stepsPerHealing),
    line('Functions: time', 'lambdaGbSecond', seconds * facts.functionGb),
    line('Functions: invocations', 'lambdaRequest', healings * ASSUMED.invocationsPerHealing + SWEEPS),
    line('Queue', 'fifoRequest', ASSUMED.pollsPerMonth + healings * 4),
    line('Logs: taken in', 'logIngestion', logGb),
    line('Logs: a year of them', 'logStorage', logGb * 12),
    line('OpsItems', 'opsItem', (healings * ASSUMED.escalatedPercent) / 100),
    line('Evidence: written', 'objectWrite', healings * ASSUMED.objectsPerHealing),
    line(
      'Evidence: a year of it',
      'objectStorage',
      (12 * healings * ASSUMED.kilobytesOfEvidence) / KB_PER_GB,
    ),
  ];
  return lines.filter(({ units }) => units > 0).sort((a, b) => b.usd - a.usd);
};

export const totalOf = (lines: readonly CostLine[]): number => lines.reduce((sum, { usd }) => sum + usd, 0);
