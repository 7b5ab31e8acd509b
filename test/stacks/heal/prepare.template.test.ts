import { documentName } from '../../../lib/domain/names/naming';
import {
  allResources,
  environmentOf,
  resources,
  shipped,
  synthesize,
  synthesizeAnew,
  type Resource,
} from '../../app/synthesized';
import { roleStatements } from '../../app/policies';

const associations = (heal = shipped('prod').heal): Resource[] =>
  Object.values(resources(heal, 'AWS::SSM::Association'));

test('every node with the environment’s tag is prepared, at once and every hour, with the environment’s levels', () => {
  expect(associations()).toHaveLength(1);
  expect(associations()[0]?.Properties).toMatchObject({
    Name: 'headroom-prod-PrepareNode',
    Targets: [{ Key: 'tag:headroom:environment', Values: ['prod'] }],
    ScheduleExpression: 'rate(1 hour)',
    ApplyOnlyAtCronInterval: false,
    Parameters: { Environment: ['prod'], TargetPercent: ['75'], GuardReclaimPercent: ['80'] },
    MaxErrors: '100%',
  });
});

test('its parameters are those of the document', () => {
  const [document] = Object.values(resources(shipped('prod').heal, 'AWS::SSM::Document')).filter(
    ({ Properties }) => Properties['Name'] === documentName('prod', 'PrepareNode'),
  );
  const { parameters } = document?.Properties['Content'] as {
    parameters: Record<string, { allowedPattern: string }>;
  };
  const given = associations()[0]?.Properties['Parameters'] as Record<string, [string]>;
  for (const [name, [value]] of Object.entries(given))
    expect(value).toMatch(new RegExp(parameters[name]?.allowedPattern ?? '$^'));
});

test('the document is there before the association', () => {
  const documents = Object.entries(resources(shipped('prod').heal, 'AWS::SSM::Document')).filter(
    ([, { Properties }]) => Properties['Name'] === documentName('prod', 'PrepareNode'),
  );
  expect(documents).toHaveLength(1);
  expect(associations()[0]?.DependsOn).toContain(documents[0]?.[0]);
});

test('it runs again when a level or a script changes, and not for nothing', () => {
  const nameOf = ([association]: Resource[]): unknown => association?.Properties['AssociationName'];
  expect(nameOf(associations())).toMatch(/^headroom-prod-prepare-[0-9a-f]{8}$/);
  expect(nameOf(associations(synthesizeAnew('prod').heal))).toBe(nameOf(associations()));
  const environment = environmentOf('prod');
  environment.diskLevels = { ...environment.diskLevels, targetPercent: 70 };
  expect(nameOf(associations(synthesize('prod', environment).heal))).not.toBe(nameOf(associations()));
});

test('HealNode may neither prepare a node nor take Headroom off it', () => {
  const statements = roleStatements(allResources(shipped('prod')), 'AutomationRole');
  const documents = statements
    .filter(({ actions }) => actions.includes('ssm:SendCommand'))
    .flatMap((statement) => statement.resources);
  expect(documents.some((resource) => resource.endsWith('document/headroom-prod-ReclaimDisk'))).toBe(true);
  expect(documents.filter((resource) => /PrepareNode|RemoveHeadroom/.test(resource))).toEqual([]);
});
