import type { Fact } from '../../../lib/audit/facts';
import { directoryOf, factsOfTemplate, removeMade } from './support';
import { readFacts } from '../../../lib/audit/read/read-facts';

afterAll(removeMade);

const PARAMETERS = {
  Given: { Type: 'String', Default: 'general' },
  None: { Type: 'String' },
  Names: { Type: 'CommaDelimitedList', Default: 'a, b' },
  Published: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/published' },
  Blank: { Type: 'String', Default: '' },
};
const CONDITIONS = {
  Yes: { 'Fn::Equals': [{ Ref: 'Given' }, 'general'] },
  No: { 'Fn::Not': [{ Condition: 'Yes' }] },
  Unknown: { 'Fn::Equals': [{ Ref: 'None' }, 'x'] },
  UnknownButFalse: { 'Fn::And': [{ Condition: 'Unknown' }, { Condition: 'No' }] },
  UnknownButTrue: { 'Fn::Or': [{ Condition: 'Unknown' }, { Condition: 'Yes' }] },
  Loop: { 'Fn::Not': [{ Condition: 'Back' }] },
  Back: { 'Fn::Not': [{ Condition: 'Loop' }] },
};
const MAPPINGS = { Sizes: { 'eu-west-1': { Name: 'ireland', List: ['x', 'y'] } } };

/** What an alarm's name with this value comes to. */
const nameOf = (value: unknown): Fact<string> | undefined =>
  factsOfTemplate(
    {
      Parameters: PARAMETERS,
      Conditions: CONDITIONS,
      Mappings: MAPPINGS,
      Resources: {
        Alarm: { Type: 'AWS::CloudWatch::Alarm', Properties: { AlarmName: value } },
        Topic: { Type: 'AWS::SNS::Topic' },
      },
    },
    { region: 'eu-west-1', account: '111122223333', ssmParameters: { '/published': 'from ssm' } },
  ).alarms[0]?.name;

test.each<[string, unknown, string]>([
  ['a plain text', 'x', 'x'],
  ['a number', 7, '7'],
  ['Ref to a parameter with a default', { Ref: 'Given' }, 'general'],
  ['Ref to a parameter with an empty default', { Ref: 'Blank' }, ''],
  ['Ref to the region', { Ref: 'AWS::Region' }, 'eu-west-1'],
  ['Ref to the account', { Ref: 'AWS::AccountId' }, '111122223333'],
  ['Ref to the partition', { Ref: 'AWS::Partition' }, 'aws'],
  ['Ref to the stack', { Ref: 'AWS::StackName' }, 'template'],
  ['Ref to an SSM parameter that is given', { Ref: 'Published' }, 'from ssm'],
  ['a dynamic reference', '{{resolve:ssm:/published:3}}', 'from ssm'],
  ['Fn::Sub', { 'Fn::Sub': '${Given}-${AWS::Region}-${!Literal}' }, 'general-eu-west-1-${Literal}'],
  ['Fn::Sub with variables', { 'Fn::Sub': ['${A}', { A: { Ref: 'Given' } }] }, 'general'],
  ['Fn::Join', { 'Fn::Join': ['/', ['a', { Ref: 'Given' }]] }, 'a/general'],
  ['Fn::Join leaves NoValue out', { 'Fn::Join': ['/', ['a', { Ref: 'AWS::NoValue' }, 'b']] }, 'a/b'],
  ['Fn::Select', { 'Fn::Select': ['1', { Ref: 'Names' }] }, 'b'],
  ['Fn::Split', { 'Fn::Select': [1, { 'Fn::Split': ['.', 'a.b'] }] }, 'b'],
  ['Fn::FindInMap', { 'Fn::FindInMap': ['Sizes', { Ref: 'AWS::Region' }, 'Name'] }, 'ireland'],
  ['Fn::FindInMap by default', { 'Fn::FindInMap': ['Sizes', 'x', 'y', { DefaultValue: 'z' }] }, 'z'],
  ['Fn::If true', { 'Fn::If': ['Yes', 'a', 'b'] }, 'a'],
  ['Fn::If false', { 'Fn::If': ['No', 'a', 'b'] }, 'b'],
  ['Fn::If of Fn::And with one false', { 'Fn::If': ['UnknownButFalse', 'a', 'b'] }, 'b'],
  ['Fn::If of Fn::Or with one true', { 'Fn::If': ['UnknownButTrue', 'a', 'b'] }, 'a'],
  ['Fn::If unknown with the same on both sides', { 'Fn::If': ['Unknown', 'a', 'a'] }, 'a'],
])('%s is resolved', (_, value, text) => {
  expect(nameOf(value)).toEqual({ state: 'known', value: text });
});

test.each<[string, unknown, RegExp]>([
  ['a parameter without default', { Ref: 'None' }, /None has no default/],
  ['a resource', { Ref: 'Topic' }, /after deployment/],
  ['nothing of that name', { Ref: 'Nobody' }, /Nobody/],
  ['Fn::If on an unknown condition', { 'Fn::If': ['Unknown', 'a', 'b'] }, /condition Unknown/],
  ['Fn::If on a cycle', { 'Fn::If': ['Loop', 'a', 'b'] }, /cycle: .*Loop → .*Back → .*Loop/],
  ['Fn::Select beyond the list', { 'Fn::Select': [9, { Ref: 'Names' }] }, /no element 9/],
  ['Fn::FindInMap without the key', { 'Fn::FindInMap': ['Sizes', 'x', 'y'] }, /no Sizes.x.y/],
  ['Fn::FindInMap of a prototype', { 'Fn::FindInMap': ['__proto__', 'constructor', 'name'] }, /there is no/],
  ['Fn::ImportValue that nothing exports', { 'Fn::ImportValue': 'x' }, /exports x/],
  ['Fn::Transform', { 'Fn::Transform': { Name: 'Mine' } }, /macro Mine/],
  ['Fn::GetAZs', { 'Fn::GetAZs': '' }, /Fn::GetAZs/],
  ['an SSM parameter that is not given', '{{resolve:ssm:/other}}', /\/other/],
  ['a secret', '{{resolve:secretsmanager:x}}', /dynamic reference/],
  ['Fn::Sub with an unknown part', { 'Fn::Sub': 'a-${None}' }, /None has no default/],
])('%s is unknown', (_, value, why) => {
  expect(nameOf(value)).toEqual({ state: 'unknown', why: expect.stringMatching(why) as string });
});

test('NoValue is absent', () => {
  expect(nameOf({ Ref: 'AWS::NoValue' })).toEqual({ state: 'absent' });
});

test('a given value comes before the default', () => {
  const template = {
    Parameters: PARAMETERS,
    Resources: { Alarm: { Type: 'AWS::CloudWatch::Alarm', Properties: { AlarmName: { Ref: 'Given' } } } },
  };
  expect(factsOfTemplate(template, { parameters: { Given: 'memory' } }).alarms[0]?.name).toEqual({
    state: 'known',
    value: 'memory',
  });
});

test('a resource whose condition is false is not there, and one of unknown condition is', () => {
  const alarm = (Condition: string) => ({ Type: 'AWS::CloudWatch::Alarm', Condition });
  const { alarms } = factsOfTemplate({
    Parameters: PARAMETERS,
    Conditions: CONDITIONS,
    Resources: { A: alarm('No'), B: alarm('Yes'), C: alarm('Unknown') },
  });
  expect(alarms.map(({ place }) => place.logicalId)).toEqual(['B', 'C']);
});

test('a nested stack takes parameters and gives outputs', () => {
  const directory = directoryOf({
    'parent.yaml': [
      'Resources:',
      '  Child:',
      '    Type: AWS::CloudFormation::Stack',
      '    Properties: { TemplateURL: ./child.yaml, Parameters: { Name: !Sub "${AWS::StackName}-x" } }',
      '  Alarm:',
      '    Type: AWS::CloudWatch::Alarm',
      '    Properties: { AlarmName: !GetAtt Child.Outputs.Made, AlarmActions: [!GetAtt Child.Outputs.Topic] }',
    ].join('\n'),
    'child.yaml': [
      'Parameters: { Name: { Type: String } }',
      'Resources: { People: { Type: AWS::SNS::Topic } }',
      'Outputs: { Made: { Value: !Sub "${Name}-made" }, Topic: { Value: !Ref People } }',
    ].join('\n'),
  });
  const facts = readFacts(directory);
  expect(facts.stacks.map(({ name }) => name).sort()).toEqual(['parent', 'parent-Child']);
  expect(facts.alarms[0]).toMatchObject({
    name: { state: 'known', value: 'parent-x-made' },
    alarmActions: { state: 'known', value: ['ref:People'] },
  });
});
