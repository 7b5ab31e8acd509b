import { pausedOf, pausedPermission } from '../../../lib/domain/plan/permission';
import { grownExecution, step } from '../executions';

const pause = {
  ...{ nodeGroup: null, why: 'etcd is restored', by: 'arn:aws:iam::111122223333:role/oncall' },
  ...{ since: '2026-11-29T20:00:00Z', until: '2026-11-29T22:00:00Z' },
};
const Payload = JSON.stringify(pausedPermission(pause));

test.each(['reclaimPermission', 'approvedReclaimPermission', 'approvedPlanPermission', 'quorum'])(
  'a pause that %s answered with is what stopped the healing',
  (name) => {
    const steps = [step(name, 1, { Payload })];
    expect(pausedOf({ ...grownExecution(), steps }, null)).toMatchObject({ until: pause.until });
  },
);

test('reads nothing from a step that did not start or a payload of another kind', () => {
  const steps = [
    step('quorum', 1, { Payload }, { startedAtMs: undefined }),
    step('plan', 2, { Payload: '{"action":"grow","reason":"x"}' }),
  ];
  expect(pausedOf({ ...grownExecution(), steps }, null)).toBeUndefined();
});
