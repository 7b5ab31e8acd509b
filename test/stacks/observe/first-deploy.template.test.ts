import {
  Alarm,
  alarmDefinition,
  Assembly,
  CompositeAlarm,
  MetricStore,
} from '../../../packages/local-aws/src';
import { openEnvironment } from '../../../lib/drill/cloud/environment-assembly';
import { separateNamespaces } from '../../../lib/domain/names/metric-namespaces';
import { oldSnapshotHours, ETCD_SNAPSHOT_AGE_METRIC } from '../../../lib/domain/names/snapshot-age';
import { ENVIRONMENTS, environmentOf, assemblyOf } from '../../app/synthesized';
import { EXAMPLES, exampleEnvironment } from '../attach/example-environments';

/**
 * Alarms of a first deploy, judged by the local CloudWatch. Missing data breaches at once where an alarm says so: an alarm
 * without a datapoint is not one that waits.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
const BEGIN = Date.parse('2026-11-20T00:00:00Z');
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

interface DeployedAlarm {
  readonly name: string;
  readonly hasAction: boolean;
  readonly endsWithAction: boolean;
  /** Whether it is in ALARM at that time. */
  rings(store: MetricStore, at: Date): boolean;
}

/** Every alarm of an environment, composites after those that they look at. */
const alarmsOf = (assembly: Assembly): DeployedAlarm[] => {
  const plain = assembly
    .ofType('AWS::CloudWatch::Alarm')
    .map((resource) => new Alarm(alarmDefinition(resource), assembly.place, new Date(BEGIN)));
  const composites = assembly
    .ofType('AWS::CloudWatch::CompositeAlarm')
    .map((resource) => new CompositeAlarm(resource, assembly.place, new Date(BEGIN)));
  const stateOf = (name: string) => plain.find(({ definition }) => definition.name === name)?.state;
  const deployed = (
    { name, actions }: Pick<Alarm['definition'], 'name' | 'actions'>,
    rings: DeployedAlarm['rings'],
  ): DeployedAlarm => ({
    ...{ name, rings, hasAction: Object.values(actions).some((some) => some.length > 0) },
    endsWithAction: actions.OK.length > 0,
  });
  return [
    ...plain.map((alarm) =>
      deployed(alarm.definition, (store, at) => {
        alarm.evaluate(store, at);
        return alarm.state === 'ALARM';
      }),
    ),
    ...composites.map((alarm) =>
      deployed(alarm, (_, at) => {
        alarm.evaluate(stateOf, at);
        return alarm.state === 'ALARM';
      }),
    ),
  ];
};

const told = (alarms: readonly DeployedAlarm[]): string[] =>
  alarms.filter(({ hasAction }) => hasAction).map(({ name }) => name);

/** Names of the alarms that went to ALARM, each with the minute of the first time. */
const rung = (
  alarms: readonly DeployedAlarm[],
  store: MetricStore,
  hours: number,
  stepMs = 10 * MINUTE_MS,
): ReadonlyMap<string, number> => {
  const names = new Map<string, number>();
  for (let at = BEGIN; at <= BEGIN + hours * HOUR_MS; at += stepMs)
    for (const alarm of alarms)
      if (alarm.rings(store, new Date(at)) && !names.has(alarm.name))
        names.set(alarm.name, (at - BEGIN) / MINUTE_MS);
  return names;
};

const assemblies = new Map<string, Assembly>();
const deployedAs = (name: string): Assembly => {
  const known = assemblies.get(name);
  if (known !== undefined) return known;
  const environment = EXAMPLES.includes(name) ? exampleEnvironment(name) : environmentOf(name);
  const assembly = openEnvironment(assemblyOf(name, environment).directory, name);
  assemblies.set(name, assembly);
  return assembly;
};

const shippedNames = ENVIRONMENTS.map(({ name }) => name);

test.each(EXAMPLES)('%s: no alarm tells a person for a day in which nothing is measured', (name) => {
  const alarms = alarmsOf(deployedAs(name));
  expect(told(alarms).length).toBeGreaterThan(7);
  const names = [...rung(alarms, new MetricStore(), 24).keys()];
  expect(names.filter((each) => told(alarms).includes(each))).toEqual([]);
  // Of these, dispatch starts nothing for a node that has only just been attached (test/lambda/dispatch.test.ts).
  expect(names.filter((each) => !each.endsWith('-silent'))).toEqual([]);
});

/** Nodes of Headroom's own are measured before their alarms are there (lib/stacks/observe/agents-stack.ts). */
const isSilence = ({ name }: DeployedAlarm): boolean => name.endsWith('-silent');

test.each(shippedNames)('%s: no alarm rings for a day in which nothing but disks is measured', (name) => {
  const [silence, others] = [true, false].map((is) =>
    alarmsOf(deployedAs(name)).filter((alarm) => isSilence(alarm) === is),
  );
  expect(told(others!).length).toBeGreaterThan(10);
  expect(
    rung(
      others!.filter(({ hasAction }) => hasAction),
      new MetricStore(),
      24,
    ),
  ).toEqual(new Map());
  const store = new MetricStore();
  for (const { definition } of silenceDefinitions(name))
    for (const { stat } of definition.metrics.filter((entry) => 'stat' in entry))
      for (let at = BEGIN - HOUR_MS; at <= BEGIN + 2 * HOUR_MS; at += MINUTE_MS)
        store.put({ ...stat, at: new Date(at), value: 1 });
  expect(rung(silence!, store, 2, MINUTE_MS)).toEqual(new Map());
});

const silenceDefinitions = (name: string): Alarm[] =>
  deployedAs(name)
    .ofType('AWS::CloudWatch::Alarm')
    .map((resource) => new Alarm(alarmDefinition(resource), deployedAs(name).place, new Date(BEGIN)))
    .filter(({ definition }) => definition.name.endsWith('-silent'));

describe('a control-plane node that was measured for an hour, and then no more', () => {
  const [SHIPPED, ATTACHED] = ['prod', 'kubeadm'];
  const reported = (name: string): MetricStore => {
    const store = new MetricStore();
    const [first] = silenceDefinitions(name).filter(({ definition }) =>
      definition.name.includes('control-plane-1'),
    );
    for (const { stat } of first!.definition.metrics.filter((entry) => 'stat' in entry))
      for (const metric of ['disk_used_percent', 'disk_inodes_total'])
        for (let at = BEGIN; at <= BEGIN + HOUR_MS; at += MINUTE_MS)
          store.put({ ...stat, name: metric, at: new Date(at), value: 50 });
    return store;
  };
  /** The minute in which people are told of the first control-plane node. */
  const notifiedAt = (name: string, hours = 3): number | undefined => {
    const alarms = alarmsOf(deployedAs(name));
    const of = alarms.filter(({ name: each }) => /silent|measured/.test(each));
    const minutes = rung(of, reported(name), hours, MINUTE_MS);
    return [...minutes].find(
      ([each]) => told(of).includes(each) && /control-plane-1-silent$|fell-silent-1$/.test(each),
    )?.[1];
  };

  test('is told in the same minute, whether it is Headroom’s own or was attached', () => {
    const own = notifiedAt(SHIPPED);
    expect(own).toBeGreaterThan(60);
    expect(own).toBeLessThan(70);
    expect(notifiedAt(ATTACHED)).toBe(own);
  });
});

test.each(EXAMPLES)('%s: silent workers that the sweep counts are told at once, and once', (name) => {
  const groups = Object.entries(exampleEnvironment(name).cluster.existing.workerGroups);
  const store = new MetricStore();
  for (const [, { autoScalingGroupName: AutoScalingGroupName }] of groups)
    for (let minute = 0; minute <= 120; minute += 5)
      store.put({
        ...{ namespace: 'Headroom', name: 'SilentNodes', at: new Date(BEGIN + minute * MINUTE_MS) },
        dimensions: { Environment: name, AutoScalingGroupName },
        value: minute >= 60 && minute < 90 ? 1 : 0,
      });
  const alarms = alarmsOf(deployedAs(name)).filter(({ hasAction }) => hasAction);
  const ringing = Array.from({ length: 121 }, (_, minute) =>
    alarms
      .filter((alarm) => alarm.rings(store, new Date(BEGIN + minute * MINUTE_MS)))
      .map((each) => each.name),
  );
  const names = groups.map(([group]) => `headroom-${name}-workers-${group}-silent`);
  // Between two counts the last one holds, so that no alarm comes and goes.
  expect(ringing.slice(60, 90)).toEqual(Array.from({ length: 30 }, () => names));
  expect([...ringing.slice(0, 60), ...ringing.slice(90)].flat()).toEqual([]);
});

test.each([...shippedNames, ...EXAMPLES])(
  '%s: no alarm tells of an end: each has been told when it was over',
  (name) => {
    expect(alarmsOf(deployedAs(name)).filter(({ endsWithAction }) => endsWithAction)).toEqual([]);
  },
);

test.each(shippedNames)('%s: a node that never saves etcd is told once its hours are over', (name) => {
  const assembly = deployedAs(name);
  const { everyHours } = environmentOf(name).protect.etcdSnapshots;
  const hours = oldSnapshotHours(everyHours);
  const [first, ...others] = alarmsOf(assembly).filter(({ name: each }) =>
    each.includes('etcd-snapshot-old'),
  );
  const entry = assembly
    .ofType('AWS::CloudWatch::Alarm')
    .map(alarmDefinition)
    .find((definition) => definition.name === first!.name)!.metrics[0]!;
  const InstanceId = /InstanceId = '([^']+)'/.exec('expression' in entry ? entry.expression : '')?.[1] ?? '';
  const store = new MetricStore();
  for (let at = BEGIN; at <= BEGIN + (hours + 1) * HOUR_MS; at += 5 * MINUTE_MS)
    store.put({
      ...{
        namespace: separateNamespaces(name)['control-plane'],
        name: ETCD_SNAPSHOT_AGE_METRIC,
        at: new Date(at),
      },
      // As the agent sends what the guard told it by StatsD: with its own dimensions.
      dimensions: { InstanceId, environment: name, metric_type: 'gauge' },
      value: (at - BEGIN) / 1_000,
    });
  expect(rung([first!], store, hours)).toEqual(new Map());
  expect([...rung([first!, ...others], store, hours + 1).keys()]).toEqual([first!.name]);
});
