import { DISK_LEVELS } from '../../../lib/domain/names/naming';
import { HEAL_METRICS, METRIC_DIMENSIONS } from '../../../lib/domain/names/heal-metrics';
import { ENVIRONMENTS, flat, resources, shipped } from '../../app/synthesized';

interface Widget {
  readonly type: string;
  readonly properties: {
    readonly title: string;
    readonly metrics: unknown[][];
    readonly annotations?: { readonly horizontal: { readonly value: number; readonly label: string }[] };
  };
}

describe.each(ENVIRONMENTS.map(({ name, environment }) => [name, environment] as const))(
  '%s',
  (name, environment) => {
    const [dashboard] = Object.values(resources(shipped(name).observe, 'AWS::CloudWatch::Dashboard'));
    const { widgets } = JSON.parse(flat(dashboard?.Properties['DashboardBody'])) as { widgets: Widget[] };
    const drawn = widgets.map(
      ({ properties: { title, metrics } }) => [title, JSON.stringify(metrics)] as const,
    );
    const groups = Object.keys(environment.workerGroups);

    test('is named like the environment', () => {
      expect(dashboard?.Properties['DashboardName']).toBe(`headroom-${name}`);
    });

    test('draws every control-plane node and every worker group, with the levels', () => {
      const headroom = widgets.filter(({ properties }) => properties.title.endsWith('used percent of /'));
      expect(headroom.map(({ properties }) => properties.title)).toEqual([
        'Control plane: used percent of /',
        ...groups.map((group) => `Workers ${group}: used percent of /`),
      ]);
      expect(headroom[0]?.properties.metrics).toHaveLength(environment.controlPlane.count);
      for (const { properties } of headroom)
        expect(properties.annotations?.horizontal.map(({ value, label }) => [label, value])).toEqual(
          DISK_LEVELS.map((level) => [level, environment.diskLevels[`${level}Percent`]]),
        );
      for (const [index, group] of groups.entries())
        expect(JSON.stringify(headroom[index + 1]?.properties.metrics)).toContain(
          `WHERE AutoScalingGroupName = 'headroom-${name}-workers-${group}'`,
        );
    });

    test('draws every metric of our own, by dimensions that record sends', () => {
      const all = drawn.map(([, metrics]) => metrics).join();
      for (const metric of Object.values(HEAL_METRICS)) expect(all).toContain(metric.name);
      const own = widgets
        .flatMap(({ properties }) => properties.metrics)
        .filter(([namespace]) => namespace === 'Headroom');
      expect(own.length).toBeGreaterThan(8);
      for (const [, metricName, ...rest] of own) {
        const pairs = rest.filter((each) => typeof each === 'string');
        const names = pairs.filter((_, index) => index % 2 === 0);
        const metric = Object.values(HEAL_METRICS).find((each) => each.name === metricName);
        expect(metric?.sets.map((set) => METRIC_DIMENSIONS[set])).toContainEqual(names);
      }
    });

    test('draws the budget and the queues', () => {
      expect(drawn).toContainEqual([
        'Budget: volume modifications by node and day',
        expect.stringContaining('Grows'),
      ]);
      const [, queues = ''] = drawn.find(([title]) => title.startsWith('Queue')) ?? [];
      for (const queue of ['heal.fifo', 'heal-dlq.fifo', 'heal-undelivered'])
        expect(queues).toContain(`headroom-${name}-${queue}`);
    });
  },
);
