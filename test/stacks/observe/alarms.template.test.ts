import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { diskDimensionNames } from '../../../lib/domain/names/disk-metric';
import { separateNamespaces } from '../../../lib/domain/names/metric-namespaces';
import { DISK_LEVELS, NODE_ROLES, alarmNamePrefix } from '../../../lib/domain/names/naming';
import {
  agentConfiguration,
  controlPlaneDiskDimensions,
  workerDiskQuery,
  workerGroupDimensions,
} from '../../../lib/stacks/observe/disk-metrics';
import {
  BOOTSTRAP_METRIC,
  GUARD_ENVIRONMENT_TAG,
  GUARD_METRIC,
  GUARD_STATSD_PORT,
} from '../../../lib/domain/names/guard-metric';
import { environmentOf, flat, resources, shipped, synthesize } from '../../app/synthesized';

type Properties = Record<string, unknown>;

const NAMESPACES = separateNamespaces('prod');

const alarmsOf = (environment: string): Map<string, Properties> =>
  new Map(
    Object.values(resources(shipped(environment).observe, 'AWS::CloudWatch::Alarm')).map(({ Properties }) => [
      String(Properties['AlarmName']),
      Properties,
    ]),
  );

/** What the agent puts on a disk measurement, read from its configuration as the agent reads it. */
const sentDimensions = (role: (typeof NODE_ROLES)[number]): string[] => {
  const { metrics } = agentConfiguration(role, NAMESPACES[role]) as {
    metrics: { append_dimensions: object; metrics_collected: { disk: { drop_device: boolean } } };
  };
  const own = metrics.metrics_collected.disk.drop_device ? ['path', 'fstype'] : ['path', 'fstype', 'device'];
  return [...Object.keys(metrics.append_dimensions), ...own].sort();
};

describe('dimensions', () => {
  test('a control-plane alarm asks for exactly what the agent sends', () => {
    expect(Object.keys(controlPlaneDiskDimensions('i-0', 'ubuntu-24.04')).sort()).toEqual(
      sentDimensions('control-plane'),
    );
    for (const [environment, fstype] of [
      ['prod', 'ext4'],
      ['staging', 'xfs'],
    ] as const) {
      const dimensions = alarmsOf(environment).get(`headroom-${environment}-control-plane-1-disk-warning`)?.[
        'Dimensions'
      ] as { Name: string; Value: unknown }[];
      expect(dimensions.map(({ Name }) => Name).sort()).toEqual(sentDimensions('control-plane'));
      expect(dimensions).toContainEqual({ Name: 'fstype', Value: fstype });
      expect(dimensions).toContainEqual({ Name: 'path', Value: '/' });
    }
  });

  test('a worker alarm’s SCHEMA is exactly what the agent sends', () => {
    expect(diskDimensionNames('worker').sort()).toEqual(sentDimensions('worker'));
    const schema = /SCHEMA\("ns", ([^)]*)\)/.exec(workerDiskQuery('ns', 'g'))?.[1]?.split(', ').sort();
    expect(schema).toEqual(sentDimensions('worker'));
  });

  test('the group’s own series is one that the agent sums up', () => {
    const { metrics } = agentConfiguration('worker', NAMESPACES.worker) as {
      metrics: { aggregation_dimensions: string[][] };
    };
    expect(metrics.aggregation_dimensions).toEqual([Object.keys(workerGroupDimensions('g'))]);
  });

  test('each control-plane alarm asks for its own instance', () => {
    const instances = [1, 2, 3].map((index) => {
      const dimensions = alarmsOf('prod').get(`headroom-prod-control-plane-${index}-disk-critical`)?.[
        'Dimensions'
      ] as { Name: string; Value: unknown }[];
      return flat(dimensions.find(({ Name }) => Name === 'InstanceId')?.Value);
    });
    expect(instances[0]).toMatch(/controlplane1/);
    expect(instances[2]).toMatch(/controlplane3/);
  });
});

test('every node group has every level, and alarms on inodes and silence; the guards of a role have one together', () => {
  const expected = [
    ...[1, 2, 3].flatMap((index) => [
      ...DISK_LEVELS.map((level) => `headroom-prod-control-plane-${index}-disk-${level}`),
      `headroom-prod-control-plane-${index}-inodes-low`,
      `headroom-prod-control-plane-${index}-silent`,
    ]),
    ...['general', 'memory'].flatMap((group) => [
      ...DISK_LEVELS.map((level) => `headroom-prod-workers-${group}-disk-${level}`),
      `headroom-prod-workers-${group}-inodes-low`,
      `headroom-prod-workers-${group}-silent`,
    ]),
    ...NODE_ROLES.flatMap((role) => [
      `headroom-prod-guard-failed-${role}`,
      `headroom-prod-bootstrap-failed-${role}`,
    ]),
  ];
  expect([...alarmsOf('prod').keys()].sort()).toEqual(expected.sort());
});

test.each([
  ['warning', 76],
  ['critical', 85],
  ['emergency', 97],
] as const)('the %s level of the environment file is the threshold, for both roles', (level, threshold) => {
  const environment = environmentOf('prod');
  environment.diskLevels = {
    targetPercent: 70,
    warningPercent: 76,
    criticalPercent: 85,
    emergencyPercent: 97,
  };
  const alarms = Object.values(resources(synthesize('prod', environment).observe, 'AWS::CloudWatch::Alarm'));
  const ofLevel = alarms.filter(({ Properties }) =>
    String(Properties['AlarmName']).endsWith(`-disk-${level}`),
  );
  expect(ofLevel).toHaveLength(5);
  for (const { Properties } of ofLevel)
    expect(Properties).toMatchObject({
      Threshold: threshold,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      EvaluationPeriods: 1,
      TreatMissingData: 'missing',
    });
});

test('a worker alarm is one query over all its nodes, one series each', () => {
  const [metric, ...others] = alarmsOf('prod').get('headroom-prod-workers-general-disk-critical')?.[
    'Metrics'
  ] as Properties[];
  expect(others).toEqual([]);
  expect(metric).toMatchObject({
    Period: 60,
    Expression:
      'SELECT MAX(disk_used_percent) FROM SCHEMA("Headroom/prod/worker", AutoScalingGroupName, InstanceId, fstype, path) ' +
      "WHERE AutoScalingGroupName = 'headroom-prod-workers-general' AND path = '/' GROUP BY InstanceId ORDER BY MAX() DESC",
  });
});

describe('free inodes', () => {
  const atOrBelow = {
    // 5 % of 20 GiB, the smallest root volume, at one inode for each 16 KiB.
    Threshold: (0.05 * 20 * 1024 ** 3) / (16 * 1024),
    ComparisonOperator: 'LessThanOrEqualToThreshold',
    EvaluationPeriods: 1,
    TreatMissingData: 'missing',
  };

  test('of a control-plane node, in the series of its disk', () => {
    const alarms = alarmsOf('prod');
    const alarm = alarms.get('headroom-prod-control-plane-2-inodes-low');
    expect(alarm).toMatchObject({
      ...atOrBelow,
      MetricName: 'disk_inodes_free',
      Statistic: 'Minimum',
      Period: 60,
    });
    expect(alarm?.['Dimensions']).toEqual(
      alarms.get('headroom-prod-control-plane-2-disk-warning')?.['Dimensions'],
    );
  });

  test('of each worker, by one query whose first series is the worst', () => {
    const alarm = alarmsOf('prod').get('headroom-prod-workers-general-inodes-low');
    expect(alarm).toMatchObject(atOrBelow);
    expect(alarm?.['Metrics']).toMatchObject([
      {
        Period: 60,
        Expression:
          'SELECT MIN(disk_inodes_free) FROM SCHEMA("Headroom/prod/worker", AutoScalingGroupName, InstanceId, fstype, path) ' +
          "WHERE AutoScalingGroupName = 'headroom-prod-workers-general' AND path = '/' GROUP BY InstanceId ORDER BY MIN() ASC",
      },
    ]);
  });

  test('are measured by the agents', () => {
    for (const role of NODE_ROLES)
      expect(agentConfiguration(role, NAMESPACES[role])).toMatchObject({
        metrics: {
          metrics_collected: { disk: { measurement: expect.arrayContaining(['inodes_free']) as unknown } },
        },
      });
  });
});

test('notifies operators of emergencies, silence and failing guards, and of nothing that Headroom still handles alone', () => {
  for (const [name, properties] of alarmsOf('prod')) {
    const told = /-disk-emergency$|-silent$|-guard-failed-|-bootstrap-failed-/.test(name);
    expect([name, (properties['AlarmActions'] as unknown[] | undefined)?.length ?? 0]).toEqual([
      name,
      told ? 1 : 0,
    ]);
    expect(properties).not.toHaveProperty('OKActions');
  }
});

test('silence of a control-plane node is five minutes without a single measurement', () => {
  expect(alarmsOf('prod').get('headroom-prod-control-plane-1-silent')).toMatchObject({
    Statistic: 'SampleCount',
    Threshold: 1,
    ComparisonOperator: 'LessThanThreshold',
    Period: 60,
    EvaluationPeriods: 5,
    DatapointsToAlarm: 5,
    TreatMissingData: 'breaching',
  });
});

test('silence in a worker group is more nodes in service than report', () => {
  const alarm = alarmsOf('prod').get('headroom-prod-workers-general-silent');
  expect(alarm).toMatchObject({
    Threshold: 0.5,
    ComparisonOperator: 'GreaterThanThreshold',
    TreatMissingData: 'breaching',
  });
  const metrics = alarm?.['Metrics'] as Properties[];
  expect(metrics.find(({ Expression }) => Expression !== undefined)).toMatchObject({
    Expression: 'inService - FILL(samples, 0) / 5',
  });
  expect(metrics.find(({ Id }) => Id === 'inService')).toMatchObject({
    MetricStat: {
      Metric: { Namespace: 'AWS/AutoScaling', MetricName: 'GroupInServiceInstances' },
      Period: 300,
      Stat: 'Minimum',
    },
  });
  expect(metrics.find(({ Id }) => Id === 'samples')).toMatchObject({
    MetricStat: {
      Metric: { Namespace: 'Headroom/prod/worker', MetricName: 'disk_used_percent' },
      Period: 300,
      Stat: 'SampleCount',
    },
  });
});

test('no alarm’s name begins with another group’s prefix', () => {
  const prefixes = ['control-plane', 'general', 'memory'].map((group) => alarmNamePrefix('prod', group));
  for (const name of alarmsOf('prod').keys())
    expect([name, prefixes.filter((prefix) => name.startsWith(prefix)).length]).toEqual([
      name,
      // Healing a disk does not repair a guard, nor a first boot.
      /-(guard|bootstrap)-failed-/.test(name) ? 0 : 1,
    ]);
});

test.each(NODE_ROLES)('a guard that fails for fifteen minutes, on any %s', (role) => {
  const alarm = alarmsOf('prod').get(`headroom-prod-guard-failed-${role}`);
  expect(alarm).toMatchObject({
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    EvaluationPeriods: 3,
    DatapointsToAlarm: 3,
    TreatMissingData: 'notBreaching',
  });
  const [metric, ...others] = alarm?.['Metrics'] as Properties[];
  expect(others).toEqual([]);
  expect(metric).toMatchObject({
    Period: 300,
    Expression: `SELECT MAX(headroom_guard_failed) FROM "${NAMESPACES[role]}" WHERE environment = 'prod'`,
  });
});

test.each(NODE_ROLES)('a %s that cannot be set up, for an hour after each try, at once', (role) => {
  const alarm = alarmsOf('prod').get(`headroom-prod-bootstrap-failed-${role}`);
  expect(alarm).toMatchObject({
    ...{ Threshold: 1, EvaluationPeriods: 12, DatapointsToAlarm: 1 },
    TreatMissingData: 'notBreaching',
  });
  const [metric] = alarm?.['Metrics'] as Properties[];
  expect(metric).toMatchObject({
    Period: 300,
    Expression: `SELECT MAX(headroom_bootstrap_failed) FROM "${NAMESPACES[role]}" WHERE environment = 'prod'`,
  });
});

test('a first boot speaks where the agent listens, more often than the alarm forgets', () => {
  const node = (name: string): string =>
    readFileSync(join(__dirname, '../../../lib/node/bootstrap', name), 'utf8');
  expect(node('common.sh')).toContain(`${BOOTSTRAP_METRIC}:%d|g|#${GUARD_ENVIRONMENT_TAG}:%s`);
  expect(node('common.sh')).toContain(`/dev/udp/127.0.0.1/${GUARD_STATSD_PORT}`);
  // A try and the pause before the next are shorter than the window.
  expect(node('headroom-bootstrap.service')).toMatch(/^Restart=on-failure\nRestartSec=600$/m);
});

test('the agent listens where the guard speaks, to this node alone', () => {
  const guard = readFileSync(join(__dirname, '../../../lib/node/guard.sh'), 'utf8');
  expect(guard).toContain(`"/dev/udp/127.0.0.1/\${HEADROOM_STATSD_PORT:-${GUARD_STATSD_PORT}}"`);
  expect(guard).toContain(`'%s:%d|g|#${GUARD_ENVIRONMENT_TAG}:%s'`);
  expect(guard).toContain(`tell_agent ${GUARD_METRIC} "$failed"`);
  for (const role of NODE_ROLES)
    expect(agentConfiguration(role, NAMESPACES[role])).toMatchObject({
      metrics: { metrics_collected: { statsd: { service_address: `127.0.0.1:${GUARD_STATSD_PORT}` } } },
    });
});
