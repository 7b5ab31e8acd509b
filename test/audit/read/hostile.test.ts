import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import {
  AuditInputError,
  factsOf,
  factsOfEach,
  loadTemplates,
  readFacts,
} from '../../../lib/audit/read/read-facts';
import { directoryOf, removeMade } from './support';

afterEach(removeMade);

const EMPTY = '{"Resources":{}}';

const errorOf = (work: () => unknown): AuditInputError => {
  try {
    work();
  } catch (error) {
    if (error instanceof AuditInputError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

const readText = (name: string, text: string) => readFacts(join(directoryOf({ [name]: text }), name));

const bomb = [
  'a: &a [x, x, x, x, x, x, x, x, x, x]',
  ...[...'bcdefghij'].map(
    (name, at) => `${name}: &${name} [${Array(10).fill(`*${'abcdefghi'[at]}`).join(', ')}]`,
  ),
  'Resources: *j',
].join('\n');

test.each<[string, string, string, RegExp]>([
  ['broken JSON', 't.json', '{"Resources":\n{"A": }', /t\.json:2[\s\S]*be JSON/],
  ['broken YAML', 't.yaml', 'Resources:\n  A: [', /be YAML/],
  ['an empty file', 't.yaml', '', /Resources/],
  ['no template', 't.json', '{"name":"x"}', /mapping of Resources[\s\S]*name/],
  ['a list', 't.json', '[1]', /mapping of Resources/],
  ['NUL bytes', 't.yaml', 'Resources:\0', /NUL/],
  [
    'JSON 100,000 levels deep',
    't.json',
    `{"Resources":{"A":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`,
    /levels deep/,
  ],
  ['YAML 100,000 brackets deep', 't.yaml', `Resources: ${'['.repeat(100_000)}`, /levels deep/],
  ['YAML 100,000 dashes deep', 't.yaml', `Resources:\n  ${'- '.repeat(100_000)}`, /levels deep/],
  ['YAML 100,000 braces deep', 't.yaml', '{a: '.repeat(100_000), /levels deep/],
  ['a YAML bomb', 't.yaml', bomb, /aliases written out/],
  ['an alias within its anchor', 't.yaml', 'Resources: &a {A: *a}', /anchor/],
  ['an alias without an anchor', 't.yaml', 'Resources: {A: *b}', /alias|YAML/],
  ['50 MB', 't.json', `{"Resources":{"A":"${'x'.repeat(50_000_000)}"}}`, /at most 16 MiB/],
  [
    '10,001 resources',
    't.json',
    `{"Resources":{${Array.from({ length: 10_001 }, (_, at) => `"A${at}":{}`).join(',')}}}`,
    /at most 10000 resources[\s\S]*10001/,
  ],
  ['5 MB of YAML', 't.yaml', `Resources: {A: ${'x'.repeat(5_000_000)}}`, /at most 4 MiB/],
])('%s: a clear error', (_, name, text, words) => {
  const error = errorOf(() => readText(name, text));
  expect(error.message).toMatch(words);
  expect(error.message).toMatch(/\n {2}found: .+\n {2}next: .+/);
});

test('what is not there, and a directory without templates', () => {
  expect(errorOf(() => readFacts('/nowhere/at/all')).message).toMatch(/ENOENT/);
  expect(errorOf(() => readFacts('')).message).toMatch(/no path/);
  expect(errorOf(() => readFacts(directoryOf({ 'package.json': '{}' }))).message).toMatch(/at least one/);
  expect(errorOf(() => readFacts(directoryOf({ 'a.json': '{"Resources":' }))).message).toMatch(/a\.json/);
});

test('one broken template of a directory is named, and the others are read', () => {
  const facts = readFacts(directoryOf({ 'a.json': '{"Resources":', 'b.json': EMPTY }));
  expect(facts.stacks.map(({ name }) => name)).toEqual(['b']);
  expect(facts.unreadable).toEqual([{ file: 'a.json', why: expect.stringContaining('JSON') as string }]);
});

test('links in circles end, and a link that leads outside is named', () => {
  const outside = directoryOf({ 'secret.json': EMPTY });
  const directory = directoryOf({ 'a.json': EMPTY });
  mkdirSync(join(directory, 'sub'));
  symlinkSync(directory, join(directory, 'sub', 'loop'));
  symlinkSync(join(directory, 'round.json'), join(directory, 'round.json'));
  symlinkSync(join(outside, 'secret.json'), join(directory, 'out.json'));
  const { stacks, unreadable } = readFacts(directory);
  expect(stacks.map(({ file }) => file)).toEqual(['a.json']);
  expect(unreadable.map(({ file }) => file).sort()).toEqual(['out.json', 'round.json']);
});

test.each([['../secret.json'], ['/etc/passwd'], ['gone.json'], ['\0']])(
  'a manifest that names %j reads nothing there',
  (templateFile) => {
    const stack = (file: string) => ({
      type: 'aws:cloudformation:stack',
      properties: { templateFile: file },
    });
    const directory = directoryOf({
      'secret.json': EMPTY,
      'cdk.out/a.json': EMPTY,
      'cdk.out/manifest.json': JSON.stringify({
        artifacts: { bad: stack(templateFile), good: stack('a.json') },
      }),
    });
    const { stacks, unreadable } = readFacts(join(directory, 'cdk.out'));
    expect(stacks.map(({ name }) => name)).toEqual(['good']);
    expect(unreadable).toHaveLength(1);
  },
);

test('a manifest that names its own directory, and a nested stack that contains itself, end', () => {
  const nested = {
    Resources: { Me: { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: './a.json' } } },
  };
  const { unreadable } = readFacts(directoryOf({ 'a.json': JSON.stringify(nested) }));
  expect(unreadable.map(({ why }) => why)).toContainEqual(expect.stringContaining('contains itself'));
  const self = { artifacts: { me: { type: 'cdk:cloud-assembly', properties: { directoryName: '.' } } } };
  expect(errorOf(() => readFacts(directoryOf({ 'manifest.json': JSON.stringify(self) }))).message).toMatch(
    /at least one/,
  );
});

test.each([
  [
    't.json',
    '{"Resources":{"__proto__":{"Type":"AWS::EC2::Instance","Properties":{"Tags":[{"Key":"__proto__","Value":"x"}]}},"constructor":{"Type":"AWS::EC2::Instance"}},"Parameters":{"__proto__":{"polluted":true}}}',
  ],
  [
    't.yaml',
    'Resources:\n  __proto__: {Type: "AWS::EC2::Instance", polluted: true}\n  constructor: {Type: "AWS::EC2::Instance"}\n',
  ],
])('keys of prototypes are keys like others in %s', (name, text) => {
  const { nodeGroups } = readText(name, text);
  expect(nodeGroups.map((group) => group.name).sort()).toEqual(['__proto__', 'constructor']);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

test('conditions that double at each step, and chains of 20,000, end', () => {
  const doubling = Object.fromEntries(
    Array.from({ length: 200 }, (_, at) => [
      `C${at}`,
      { 'Fn::And': [{ Condition: `C${at + 1}` }, { Condition: `C${at + 1}` }] },
    ]),
  );
  const chain = Object.fromEntries(
    Array.from({ length: 20_000 }, (_, at) => [`D${at}`, { 'Fn::Not': [{ Condition: `D${at + 1}` }] }]),
  );
  const alarm = (condition: string) => ({
    Type: 'AWS::CloudWatch::Alarm',
    Properties: { AlarmName: { 'Fn::If': [condition, 'a', 'b'] } },
  });
  const { alarms } = readText(
    't.json',
    JSON.stringify({ Conditions: { ...doubling, ...chain }, Resources: { A: alarm('C0'), B: alarm('D0') } }),
  );
  expect(alarms.map(({ name }) => name.state)).toEqual(['unknown', 'unknown']);
});

const TYPES = [
  'AWS::EC2::Instance',
  'AWS::EC2::LaunchTemplate',
  'AWS::AutoScaling::AutoScalingGroup',
  'AWS::EKS::Nodegroup',
  'AWS::EC2::SpotFleet',
  'AWS::EC2::EC2Fleet',
  'AWS::EC2::Volume',
  'AWS::CloudWatch::Alarm',
  'AWS::SSM::Parameter',
  'AWS::SSM::Association',
  'AWS::Events::Rule',
  'AWS::SNS::Topic',
  'AWS::SNS::Subscription',
  'AWS::CloudFormation::Stack',
];
const KEYS = [
  'Ref',
  'Fn::Sub',
  'Fn::If',
  'Fn::Join',
  'Fn::GetAtt',
  'Fn::Select',
  'Fn::FindInMap',
  'Fn::Split',
  'Fn::ImportValue',
  'Properties',
  'Metadata',
  'Headroom',
  'LaunchTemplate',
  'LaunchTemplateData',
  'LaunchTemplateId',
  'Version',
  'BlockDeviceMappings',
  'Ebs',
  'VolumeSize',
  'Tags',
  'Key',
  'Value',
  'Dimensions',
  'Metrics',
  'MetricStat',
  'Expression',
  'EventPattern',
  'detail',
  'Targets',
  'Parameters',
  'UserData',
  'Overrides',
  'MixedInstancesPolicy',
  'suppress',
  '__proto__',
];
const { value: anyValue } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom<unknown>(null, true, 0, -1, 1e300, '', 'A', 'B.Arn', '${A}', 'C', ...TYPES),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie('value'), { maxKeys: 4 }),
  ),
}));
const resource = fc.oneof(
  anyValue,
  fc.record(
    { Type: fc.constantFrom(...TYPES), Properties: anyValue, Metadata: anyValue },
    { requiredKeys: ['Type'] },
  ),
);
const template = fc.oneof(
  fc.jsonValue(),
  fc.record({
    Resources: fc.dictionary(fc.constantFrom('A', 'B', 'C', '__proto__'), resource, { maxKeys: 4 }),
    Parameters: anyValue,
    Conditions: fc.dictionary(fc.constantFrom('A', 'B', 'C'), anyValue),
    Mappings: anyValue,
    Outputs: anyValue,
    Transform: anyValue,
  }),
);

test('no template throws anything but AuditInputError, and the same one gives the same facts', () => {
  const directory = directoryOf({});
  const path = join(directory, 't.json');
  fc.assert(
    fc.property(template, (body) => {
      writeFileSync(path, JSON.stringify(body));
      try {
        const loaded = loadTemplates(path);
        expect(factsOf(loaded)).toEqual(factsOf(loadTemplates(path)));
      } catch (error) {
        expect(error).toBeInstanceOf(AuditInputError);
      }
    }),
    { numRuns: 400 },
  );
});

test('no text throws anything but AuditInputError', () => {
  const directory = directoryOf({});
  const word = fc.constantFrom(
    'Resources:',
    '\n',
    '  ',
    '- ',
    '!Ref ',
    '!Sub ',
    '&a ',
    '*a',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '|',
    ':',
    ' A',
    '\t',
    '?',
    '<<: ',
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 40 }), (words) => {
      const path = join(directory, 't.yaml');
      writeFileSync(path, `Resources: {}\n${words.join('')}`);
      try {
        readFacts(path);
      } catch (error) {
        expect(error).toBeInstanceOf(AuditInputError);
      }
    }),
    { numRuns: 400 },
  );
});

test('each template of a directory comes by itself', () => {
  const directory = directoryOf({ 'a.json': EMPTY, 'b/c.yaml': 'Resources: {}', 'd.json': EMPTY });
  expect([...factsOfEach(directory)].map(({ stacks }) => stacks.map(({ file }) => file))).toEqual([
    ['a.json'],
    ['b/c.yaml'],
    ['d.json'],
  ]);
});
