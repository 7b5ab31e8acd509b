import { HEAL_METRICS } from '../../../lib/domain/names/heal-metrics';
import { ENVIRONMENTS, resources, shipped } from '../../app/synthesized';

describe.each(ENVIRONMENTS.map(({ name }) => name))('%s', (name) => {
  const { heal } = shipped(name);
  const alarm = (suffix: string): Record<string, unknown> =>
    Object.values(resources(heal, 'AWS::CloudWatch::Alarm')).find(
      ({ Properties }) => Properties['AlarmName'] === `headroom-${name}-heal-${suffix}`,
    )?.Properties ?? {};

  test('every function has an alarm on its errors that last', () => {
    const functions = Object.entries(resources(heal, 'AWS::Lambda::Function'));
    expect(functions.length).toBeGreaterThanOrEqual(3);
    for (const [logicalId, { Properties }] of functions) {
      const functionName = String(Properties['FunctionName']).replace(`headroom-${name}-`, '');
      expect(alarm(`function-errors-${functionName}`)).toMatchObject({
        Namespace: 'AWS/Lambda',
        MetricName: 'Errors',
        Dimensions: [{ Name: 'FunctionName', Value: { Ref: logicalId } }],
        Threshold: 1,
        EvaluationPeriods: 3,
        DatapointsToAlarm: 2,
        TreatMissingData: 'notBreaching',
      });
    }
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
    for (const suffix of [
      'function-errors-dispatch',
      'function-errors-plan',
      'function-errors-record',
      'failed',
    ]) {
      expect(alarm(suffix)['AlarmActions']).toHaveLength(1);
      expect(alarm(suffix)['AlarmName']).not.toMatch(/-(control-plane|workers)-/);
    }
  });
});
