import { SNAPSHOT_STEPS } from '../../../lib/domain/plan/snapshot-first';
import { TAGS, documentName } from '../../../lib/domain/names/naming';
import {
  allResources,
  environmentOf,
  resources,
  shipped,
  synthesize,
  type Synthesized,
} from '../../app/synthesized';
import { roleStatements, type Statement } from '../../app/policies';
import { healing } from '../../../lib/config/healing-schema';

interface Step {
  readonly name: string;
  readonly onFailure?: string;
  readonly nextStep?: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

let wanted: Synthesized;
beforeAll(() => {
  const environment = environmentOf('prod');
  environment.healing = healing.parse({ snapshotBeforeFirstGrowth: true });
  wanted = synthesize('prod', environment);
});

const contentOf = (synthesized: Synthesized) => {
  const documents = Object.values(resources(synthesized.heal, 'AWS::SSM::Document'));
  const own = documents.find(({ Properties }) => Properties['Name'] === documentName('prod', 'HealNode'));
  return own!.Properties['Content'] as { readonly mainSteps: readonly Step[] };
};
const stepsOf = (synthesized: Synthesized): readonly Step[] => contentOf(synthesized).mainSteps;
const rights = (synthesized: Synthesized, role: string): Statement[] =>
  roleStatements(allResources(synthesized), role).filter(({ actions }) =>
    actions.some((action) => /Snapshot|CreateTags/.test(action)),
  );

test('an environment that wants none has no step, no choice and no right for it', () => {
  expect(JSON.stringify(contentOf(shipped('prod')))).not.toMatch(/CreateSnapshot|"snapshot(Blind)?"/);
  for (const role of ['AutomationRole', 'PlanRole']) expect(rights(shipped('prod'), role)).toEqual([]);
});

test.each([
  ['snapshot', 'modify', 'choose', 'decision'],
  ['snapshotOutOfBand', 'modifyOutOfBand', 'chooseOutOfBand', 'decisionOutOfBand'],
])('%s is right before %s, which follows whatever comes of it', (name, next, choose, decision) => {
  const steps = stepsOf(wanted);
  const step = steps.find((each) => each.name === name)!;
  expect(step).toMatchObject({ onFailure: 'Continue', nextStep: next });
  const { Choices } = steps.find((each) => each.name === choose)!.inputs as { Choices: unknown[] };
  expect(Choices.slice(0, 2)).toEqual([
    { NextStep: name, Variable: `{{ ${decision}.Snapshot }}`, StringEquals: 'yes' },
    { NextStep: next, Variable: `{{ ${decision}.Action }}`, StringEquals: 'grow' },
  ]);
  const { VolumeId, TagSpecifications } = step.inputs as {
    VolumeId: string;
    TagSpecifications: { ResourceType: string; Tags: { Key: string; Value: string }[] }[];
  };
  expect(VolumeId).toBe(`{{ ${decision}.VolumeId }}`);
  expect(TagSpecifications).toEqual([
    {
      ResourceType: 'snapshot',
      Tags: [
        { Key: 'Name', Value: 'prod {{ InstanceId }} before growth' },
        { Key: TAGS.environment, Value: 'prod' },
        { Key: TAGS.instance, Value: '{{ InstanceId }}' },
        { Key: TAGS.beforeGrowth, Value: '{{ automation:EXECUTION_ID }}' },
      ],
    },
  ]);
});

test('the option adds its two steps and nothing else', () => {
  const names = (synthesized: Synthesized): string[] => stepsOf(synthesized).map(({ name }) => name);
  const before = names(shipped('prod'));
  expect(names(wanted).filter((name) => !before.includes(name))).toEqual(SNAPSHOT_STEPS);
});

test('only of our volumes, only tagged as ours, tags only in the call that takes it, and nothing is deleted', () => {
  const ours = { [`aws:RequestTag/${TAGS.environment}`]: 'prod' };
  const snapshots = [expect.stringMatching(/^arn:aws:ec2:[a-z0-9-]+::snapshot\/\*$/)];
  expect(
    rights(wanted, 'AutomationRole').map(({ actions, resources, Condition }) => ({
      actions,
      resources,
      Condition,
    })),
  ).toEqual([
    {
      actions: ['ec2:CreateSnapshot'],
      resources: [expect.stringMatching(/:volume\/\*$/)],
      Condition: { StringEquals: { [`aws:ResourceTag/${TAGS.environment}`]: 'prod' } },
    },
    { actions: ['ec2:CreateSnapshot'], resources: snapshots, Condition: { StringEquals: ours } },
    {
      actions: ['ec2:CreateTags'],
      resources: snapshots,
      Condition: { StringEquals: { 'ec2:CreateAction': 'CreateSnapshot', ...ours } },
    },
  ]);
  const [look, ...more] = rights(wanted, 'PlanRole');
  expect([look?.Sid, more]).toEqual(['LookOnly', []]);
  expect(look?.actions).toContain('ec2:DescribeSnapshots');
});
