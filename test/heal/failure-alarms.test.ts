import { HEAL_METRICS } from '../../lib/domain/heal-metrics';
import { ENVIRONMENTS, resources, shipped } from '../app/synthesized';

describe.each(ENVIRONMENTS.map(({ name }) => name))('%s', (name) => {
  const { heal } = shipped(name);
  const alarm = (suffix: string): Record<string, unknown> =>
    Object.values(resources(heal, 'AWS::CloudWatch::Alarm')).find(
      ({ Properties }) => Properties['AlarmName'] === `headroom-${name}-heal-${suffix}`,
    )?.Properties ?? {};

  test('errors of every function count, and one that was not called hides none', () => {
    const metrics = alarm('function-errors')['Metrics'] as {
      Expression?: string;
      MetricStat?: { Metric: { Namespace: string; MetricName: string; Dimensions: { Value: unknown }[] } };
    }[];
    const functions = Object.keys(resources(heal, 'AWS::Lambda::Function'));
    const watched = metrics.flatMap(({ MetricStat }) => MetricStat?.Metric.Dimensions ?? []);
    expect(watched.map(({ Value }) => (Value as { Ref: string }).Ref).sort()).toEqual(functions.sort());
    for (const { MetricStat } of metrics.slice(1))
      expect(MetricStat?.Metric).toMatchObject({ Namespace: 'AWS/Lambda', MetricName: 'Errors' });
    expect(metrics[0]?.Expression?.match(/FILL\(/g)).toHaveLength(functions.length);
  });

  test('an execution without a verdict counts at once, and none is the good case', () => {
    expect(alarm('failed')).toMatchObject({
      Namespace: 'Headroom',
      MetricName: HEAL_METRICS.healingFailed.name,
      Dimensions: [{ Name: 'Environment', Value: name }],
      Threshold: 1,
      EvaluationPeriods: 1,
      TreatMissingData: 'notBreaching',
    });
  });

  test('people are told, and healing is not started by them', () => {
    for (const suffix of ['function-errors', 'failed']) {
      expect(alarm(suffix)['AlarmActions']).toHaveLength(1);
      expect(alarm(suffix)['AlarmName']).not.toMatch(/-(control-plane|workers)-/);
    }
  });
});
