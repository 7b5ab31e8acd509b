import fc from 'fast-check';
import {
  PURPOSES,
  chooseTarget,
  type OperatedNode,
  type Purpose,
  type TargetFacts,
} from '../../../lib/domain/operate/operate-target';

const node = (more: Partial<OperatedNode> = {}): OperatedNode => ({
  ...{ instanceId: 'i-0aa11bb22cc33dd44', environment: 'prod', role: 'worker', address: '10.0.1.2' },
  ...{ state: 'running', autoScalingGroupName: 'headroom-prod-workers-general', online: true },
  ...more,
});
const member = (last: string, more: Partial<OperatedNode> = {}): OperatedNode =>
  node({ instanceId: `i-0000000000000000${last}`, role: 'control-plane', autoScalingGroupName: '', ...more });
const MEMBERS = ['1', '2', '3'].map((last) => member(last));
const facts = (purpose: Purpose, more: Partial<TargetFacts> = {}): TargetFacts => ({
  ...{ purpose, instanceId: node().instanceId, environmentName: 'prod', node: node() },
  ...{ controlPlane: MEMBERS, underWay: [] },
  ...more,
});
const onMember = (purpose: Purpose, more: Partial<TargetFacts> = {}): TargetFacts =>
  facts(purpose, { instanceId: MEMBERS[0]!.instanceId, node: MEMBERS[0], ...more });

test.each(PURPOSES)('%s of a worker that is well speaks through a control-plane node', (purpose) => {
  expect(chooseTarget(facts(purpose))).toMatchObject({
    ok: true,
    target: {
      role: 'worker',
      helperInstanceId: MEMBERS[0]!.instanceId,
      nodeAddress: '10.0.1.2',
      online: true,
    },
  });
});

test('picks another control-plane node as helper, or the node itself if it is the only one', () => {
  expect(chooseTarget(onMember('drain'))).toMatchObject({
    target: { helperInstanceId: MEMBERS[1]!.instanceId },
  });
  expect(chooseTarget(onMember('upgrade', { controlPlane: [MEMBERS[0]!] }))).toMatchObject({
    target: { helperInstanceId: MEMBERS[0]!.instanceId },
  });
});

const down = { controlPlane: MEMBERS.map((each) => ({ ...each, online: false })) };
const busy = (document: string, instanceId: string) => ({ underWay: [{ document, instanceId }] });
test.each<[string, TargetFacts, RegExp]>([
  ['unknown to EC2', facts('drain', { node: undefined }), /does not know this instance/],
  [
    'of another environment',
    facts('diagnose', { node: node({ environment: 'dev' }) }),
    /not a node of prod .*"dev"/,
  ],
  ['without tags', facts('drain', { node: node({ environment: '' }) }), /is missing/],
  ['without a role', facts('drain', { node: node({ role: '' }) }), /no tag headroom:role/],
  ['no helper', facts('drain', down), /no control-plane node of prod runs commands/],
  ['a control-plane node replaced', onMember('replace'), /removes a member of etcd/],
  [
    'in no group',
    facts('replace', { node: node({ autoScalingGroupName: '' }) }),
    /not in an Auto Scaling group/,
  ],
  ['stopped', facts('upgrade', { node: node({ state: 'stopped' }) }), /it is stopped/],
  ['a silent agent', facts('upgrade', { node: node({ online: false }) }), /does not take commands/],
  ['another upgrade', facts('upgrade', busy('UpgradeNode', MEMBERS[2]!.instanceId)), /one node at a time/],
  ['its own healing', facts('upgrade', busy('HealNode', node().instanceId)), /HealNode is under way/],
  [
    'a silent member',
    onMember('upgrade', { controlPlane: [MEMBERS[0]!, member('2', { online: false })] }),
    /does not take commands/,
  ],
  [
    'a member that is healed',
    onMember('upgrade', busy('HealNode', MEMBERS[2]!.instanceId)),
    /HealNode is under way/,
  ],
])('refuses %s', (_, given, why) => {
  expect(chooseTarget(given)).toEqual({ ok: false, why: expect.stringMatching(why) as string });
});

test('allows an upgrade while another worker is healed', () => {
  expect(chooseTarget(facts('upgrade', busy('HealNode', 'i-0ffffffffffffffff')))).toMatchObject({ ok: true });
});

test('allows a diagnosis without a control plane', () => {
  expect(chooseTarget(facts('diagnose', { controlPlane: [] }))).toMatchObject({
    ok: true,
    target: { helperInstanceId: '' },
  });
});

test.each<[string, Partial<TargetFacts>, string]>([
  ['runs', {}, 'drain'],
  ['runs, but its agent is silent', { node: node({ online: false }) }, 'remove'],
  ['is terminated', { node: node({ state: 'terminated', online: false }) }, 'remove'],
  [
    'is terminated and has lost its tags',
    { node: node({ state: 'terminated', environment: '', role: '' }) },
    'remove',
  ],
  ['is forgotten by EC2', { node: undefined }, 'remove'],
  ['is of another environment', { node: node({ environment: 'dev' }) }, 'nothing'],
  ['is a control-plane node', { node: MEMBERS[0] }, 'nothing'],
  ['is nobody’s', { node: node({ environment: '' }) }, 'nothing'],
])('retires a terminating worker that %s: %s', (_, more, retire) => {
  expect(chooseTarget(facts('retire', more))).toMatchObject({ ok: true, target: { retire } });
});

test('refuses to retire a worker that no control-plane node can remove', () => {
  expect(chooseTarget(facts('retire', down))).toMatchObject({ ok: false });
});

test('whatever is known: nothing but a diagnosis begins on a node of another environment, and a helper runs commands', () => {
  const anyNode = fc.record({
    instanceId: fc.constantFrom(...MEMBERS.map(({ instanceId }) => instanceId), node().instanceId),
    environment: fc.constantFrom('prod', 'dev', ''),
    role: fc.constantFrom('worker', 'control-plane', '', 'x'),
    address: fc.constantFrom('', '10.0.1.2'),
    state: fc.constantFrom('running', 'stopped', 'terminated', 'pending'),
    autoScalingGroupName: fc.constantFrom('', 'g'),
    online: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.constantFrom(...PURPOSES),
      fc.option(anyNode, { nil: undefined }),
      fc.array(anyNode, { maxLength: 4 }),
      (purpose, own, controlPlane) => {
        const choice = chooseTarget(facts(purpose, { node: own, controlPlane }));
        if (!choice.ok) return;
        const { target } = choice;
        const helper = controlPlane.find(({ instanceId }) => instanceId === target.helperInstanceId);
        if (purpose !== 'diagnose' && target.retire !== 'nothing')
          expect(controlPlane.some(({ state, online }) => state === 'running' && online)).toBe(true);
        if (target.helperInstanceId !== '') expect(helper).toBeDefined();
        if (purpose !== 'retire') expect(own?.environment).toBe('prod');
        else if (target.retire === 'drain')
          expect(own).toMatchObject({ environment: 'prod', role: 'worker' });
      },
    ),
  );
});
