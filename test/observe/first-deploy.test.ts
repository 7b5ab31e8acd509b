import { Alarm } from '../../lib/drill/cloud/alarm';
import { alarmDefinition } from '../../lib/drill/cloud/alarm-definition';
import { Assembly } from '../../lib/drill/cloud/assembly';
import { MetricStore } from '../../lib/drill/cloud/metric-store';
import { separateNamespaces } from '../../lib/domain/metric-namespaces';
import { oldSnapshotHours, ETCD_SNAPSHOT_AGE_METRIC } from '../../lib/domain/snapshot-age';
import { ENVIRONMENTS, environmentOf, stageOf } from '../app/synthesized';
import { EXAMPLES, exampleEnvironment } from '../attach/example-environments';

/**
 * Alarms of a first deploy, judged by the local CloudWatch. Missing data breaches at once where an alarm says so: an alarm
 * without a datapoint is not one that waits.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
const BEGIN = Date.parse('2026-11-20T00:00:00Z');
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const alarmsOf = (assembly: Assembly): Alarm[] =>
  assembly
    .ofType('AWS::CloudWatch::Alarm')
    .map((resource) => new Alarm(alarmDefinition(resource), assembly.place, new Date(BEGIN)));

const hasAction = ({ definition }: Alarm): boolean =>
  Object.values(definition.actions).some((actions) => actions.length > 0);

/** Names of the alarms that went to ALARM, by when. */
const rung = (
  alarms: readonly Alarm[],
  store: MetricStore,
  hours: number,
  stepMs = 10 * MINUTE_MS,
): string[] => {
  const names = new Set<string>();
  for (let at = BEGIN; at <= BEGIN + hours * HOUR_MS; at += stepMs)
    for (const alarm of alarms) {
      alarm.evaluate(store, new Date(at));
      if (alarm.state === 'ALARM') names.add(alarm.definition.name);
    }
  return [...names];
};

const assemblies = new Map<string, Assembly>();
const assemblyOf = (name: string): Assembly => {
  const known = assemblies.get(name);
  if (known !== undefined) return known;
  const environment = EXAMPLES.includes(name) ? exampleEnvironment(name) : environmentOf(name);
  const assembly = Assembly.open(stageOf(name, environment).synth().directory, name);
  assemblies.set(name, assembly);
  return assembly;
};

/**
 * Their stack is deployed when the nodes have been measured (lib/observe/agents-stack.ts), so of all alarms they alone may take
 * silence for the symptom.
 */
const isSilence = ({ definition }: Alarm): boolean => /-silent|silence/.test(definition.name);

const shippedNames = ENVIRONMENTS.map(({ name }) => name);

test.each([...shippedNames, ...EXAMPLES])(
  '%s: no alarm rings for a day in which nothing is measured',
  (name) => {
    const alarms = alarmsOf(assemblyOf(name)).filter((alarm) => hasAction(alarm) && !isSilence(alarm));
    expect(alarms.length).toBeGreaterThan(10);
    expect(rung(alarms, new MetricStore(), 24)).toEqual([]);
  },
);

test.each([...shippedNames, ...EXAMPLES])(
  '%s: no alarm tells of an end: each has been told when it was over',
  (name) => {
    expect(alarmsOf(assemblyOf(name)).filter(({ definition }) => definition.actions.OK.length > 0)).toEqual(
      [],
    );
  },
);

test.each(shippedNames)('%s: a node that never saves etcd is told once its hours are over', (name) => {
  const assembly = assemblyOf(name);
  const { everyHours } = environmentOf(name).protect.etcdSnapshots;
  const hours = oldSnapshotHours(everyHours);
  const [first, ...others] = alarmsOf(assembly).filter(({ definition }) =>
    definition.name.includes('etcd-snapshot-old'),
  );
  const entry = first!.definition.metrics[0]!;
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
  expect(rung([first!], store, hours)).toEqual([]);
  expect(rung([first!, ...others], store, hours + 1)).toEqual([first!.definition.name]);
});
