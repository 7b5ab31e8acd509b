import { DEFAULT_DISK_LEVELS } from '../../../lib/domain/plan/disk-policy';
import { documentName } from '../../../lib/domain/names/naming';
import { parseEnvironment } from '../../../lib/config/parse';
import { environmentWith } from '../../config/valid-environment';
import { allResources, environmentOf, resources, shipped, synthesize } from '../../app/synthesized';
import { roleStatements } from '../../app/policies';

const staging = () => shipped('staging').operate;
const gameDay = (template = staging()) =>
  Object.values(resources(template, 'AWS::SSM::Document')).find(
    ({ Properties }) => Properties['Name'] === documentName('staging', 'GameDay'),
  )!.Properties['Content'] as {
    readonly assumeRole: unknown;
    readonly parameters: Readonly<Record<string, { readonly default?: unknown }>>;
  };

test('a game day fills to just above the warning level of the environment', () => {
  const { warningPercent } = DEFAULT_DISK_LEVELS;
  expect(gameDay().parameters['FillToPercent']?.default).toBe(String(warningPercent + 2));
  const environment = environmentOf('staging');
  const { operate } = synthesize('staging', {
    ...environment,
    diskLevels: { ...environment.diskLevels, targetPercent: 60, warningPercent: 70 },
  });
  expect(gameDay(operate).parameters['FillToPercent']?.default).toBe('72');
});

test('where the environment says so, it starts by schedule, on that group, and nothing else may start', () => {
  const [schedule] = Object.values(resources(staging(), 'AWS::Scheduler::Schedule'));
  expect(schedule?.Properties).toMatchObject({
    Name: 'headroom-staging-game-day',
    ScheduleExpression: 'cron(0 10 ? * TUE#1 *)',
    ScheduleExpressionTimezone: 'UTC',
  });
  const { Input } = schedule?.Properties['Target'] as { readonly Input: string };
  expect(JSON.parse(Input)).toEqual({
    DocumentName: 'headroom-staging-GameDay',
    Parameters: { NodeGroup: ['general'] },
  });
});

test.each(['dev', 'prod'])('%s says nothing of game days, and has no schedule', (name) => {
  expect(resources(shipped(name).operate, 'AWS::Scheduler::Schedule')).toEqual({});
});

test('its role sends one document, to nodes of its environment', () => {
  const statements = roleStatements(allResources(shipped('staging')), 'GameDayRole');
  const sends = statements.filter(({ actions }) => actions.includes('ssm:SendCommand'));
  expect(sends.map(({ resources: [on], Condition }) => [on, Condition])).toEqual([
    [expect.stringMatching(/:document\/headroom-staging-Drill$/), undefined],
    [
      expect.stringMatching(/:instance\/\*$/),
      { StringEquals: { 'ssm:resourceTag/headroom:environment': 'staging' } },
    ],
  ]);
});

test('refuses a group that does not exist', () => {
  const text = environmentWith({ gameDays: { nodeGroup: 'gpu' } });
  expect(parseEnvironment('x.yaml', text).mistakes).toEqual([
    expect.objectContaining({
      path: ['gameDays', 'nodeGroup'],
      rule: 'be one of the node groups: control-plane, general',
      found: 'gpu',
    }),
  ]);
});
