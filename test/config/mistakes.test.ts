import * as fc from 'fast-check';
import { didYouMean } from '../../lib/domain/mistakes/did-you-mean';
import { EnvironmentFileError } from '../../lib/config/environment-file-error';
import { parseEnvironment } from '../../lib/config/parse';
import { environmentWith } from './valid-environment';

const parse = (text: string) => parseEnvironment('environments/x.yaml', text).mistakes ?? [];

test('all mistakes are reported at once, each with its line, rule, value and fix', () => {
  const text = `account: 12345
region: eu-central-1
zones: [eu-west-1a]
kubernetesVersion: 1.36
controlPlane:
  count: 1
  instanceTyp: t4g.small
  instanceType: t4g.small
  rootVolume:
    sizeGiB: 8
    maxSizeGiB: 60
workerGroups: {}
diskLevels:
  warningPercent: 70
`;
  const message = new EnvironmentFileError(parse(text)).message;
  expect(message).toBe(
    [
      '6 mistakes in the environment file:',
      `environments/x.yaml:1:10  account
  must be a string of 12 digits, in quotes
  found: 12345
  fix: write the account id in quotes, e.g. '111122223333'`,
      `environments/x.yaml:3:9  zones[0]
  must be a zone of the region eu-central-1
  found: "eu-west-1a"
  fix: write e.g. eu-central-1a`,
      `environments/x.yaml:4:20  kubernetesVersion
  must be a patch version, in quotes, of 1.37, 1.36, 1.35
  found: 1.36
  fix: write e.g. '1.36.3', with the quotes`,
      `environments/x.yaml:7:3  controlPlane.instanceTyp
  must be one of the known keys: count, instanceType, os, rootVolume
  found: "t4g.small"
  fix: did you mean "instanceType"? Otherwise remove the key`,
      `environments/x.yaml:10:14  controlPlane.rootVolume.sizeGiB
  must be a whole number from 20 to 65536 GiB
  found: 8
  fix: write a number in that range, e.g. 30`,
      `environments/x.yaml:14:19  diskLevels.warningPercent
  must be above targetPercent (75)
  found: 70
  fix: write more than 75, or lower targetPercent; defaults are 75 < 80 < 90 < 95`,
    ].join('\n\n'),
  );
});

test.each<[string, object]>([
  ['a user in a URL', { url: 'https://me:sesame@hooks.example.com/headroom' }],
  [
    'a secret instead of its ARN',
    { url: 'https://x.example.com/', apiKey: { header: 'X-Key', secretArn: 'sesame' } },
  ],
  [
    'a key that is written out',
    { url: 'https://x.example.com/', apiKey: { header: 'X-Key', value: 'sesame' } },
  ],
])('%s is not shown', (_, webhook) => {
  const { message } = new EnvironmentFileError(parse(environmentWith({ 'notifications.webhook': webhook })));
  expect(message).toContain('notifications.webhook');
  expect(message).toContain('not shown');
  expect(message).not.toContain('sesame');
});

test('a missing key is reported at the map it belongs into', () => {
  const text = environmentWith({ 'controlPlane.rootVolume.maxSizeGiB': undefined });
  const [mistake] = parse(text);
  expect(mistake?.found).toBeUndefined();
  const line = text.split('\n')[(mistake?.line ?? 0) - 1];
  expect(line).toContain('sizeGiB: 30');
});

test.each([
  ['healing.modes.gorw', 'act', 'did you mean "grow"? Otherwise remove the key'],
  ['healing.modes.default', 'obsreve', 'did you mean "observe"? Otherwise write act to carry it out'],
  ['healing.modes.grow', 'maybe', 'write act to carry it out, ask to be asked first, or observe'],
  ['controlPlane.os', 'ubuntu-2404', 'did you mean "ubuntu-24.04"? Otherwise write ubuntu-24.04'],
  ['reclaim.skip', ['joural'], 'did you mean "journal"? Otherwise write e.g. [coredumps]'],
  ['gameDays.nodeGroup', 'genreal', 'did you mean "general"? Otherwise write e.g. general'],
])('%s: %j asks for what was meant', (path, value, fix) => {
  const [key = '', ...rest] = path.split('.');
  const nested = rest.reduceRight<unknown>((inner, part) => ({ [part]: inner }), value);
  const change = key === 'healing' ? { [key]: nested } : { [path]: value };
  expect(parse(environmentWith(change))[0]?.fix).toContain(fix);
});

test.each([
  ['modes', { modes: { default: 'observe' } }, 'healing.modes'],
  ['bounds', { bounds: { nodesAtOnce: 5 } }, 'healing.bounds'],
  ['emails', { emails: ['oncall@example.com'] }, 'notifications.emails'],
  ['growExisting', { growExisting: true }, 'workerGroups.NAME.growExisting'],
  ['existing', { existing: { tags: {} } }, 'cluster.existing'],
])('%s at the top of the file asks for the place where it is known', (_, change, meant) => {
  expect(parse(environmentWith(change))[0]?.fix).toBe(`did you mean ${meant}? Otherwise remove the key`);
});

test('a key that is known at several other places is to be removed', () => {
  expect(parse(environmentWith({ everyHours: 6 }))[0]?.fix).toBe('remove the key');
});

test('a key in the wrong section asks for its own section', () => {
  const [mistake] = parse(environmentWith({ 'diskLevels.askMinutes': 10 }));
  expect(mistake?.fix).toBe('did you mean healing.askMinutes? Otherwise remove the key');
});

test('an unknown key that resembles none is to be removed', () => {
  const [mistake] = parse(environmentWith({ quux: 1 }));
  expect(mistake).toMatchObject({ path: ['quux'], fix: 'remove the key', found: 1 });
});

test('a field that is wrong by itself is not reported for its neighbours too', () => {
  expect(parse(environmentWith({ 'diskLevels.warningPercent': 'high' }))).toHaveLength(1);
  expect(parse(environmentWith({ 'controlPlane.rootVolume.iops': 90_000 }))).toHaveLength(1);
});

describe('address ranges', () => {
  test.each([
    [
      'vpcCidr is podCidr',
      { vpcCidr: '172.16.0.0/16', 'cluster.podCidr': '172.16.0.0/16' },
      'cluster.podCidr',
      'vpcCidr (172.16.0.0/16)',
    ],
    [
      'podCidr lies within vpcCidr',
      { 'cluster.podCidr': '10.0.64.0/18' },
      'cluster.podCidr',
      'vpcCidr (10.0.0.0/16)',
    ],
    [
      'vpcCidr lies within the default of serviceCidr',
      { vpcCidr: '10.100.0.0/16' },
      'vpcCidr',
      'cluster.serviceCidr (10.96.0.0/12)',
    ],
    [
      'serviceCidr holds the default of podCidr',
      { 'cluster.serviceCidr': '10.192.0.0/10' },
      'cluster.serviceCidr',
      'cluster.podCidr (10.244.0.0/16)',
    ],
    [
      'only their last addresses meet',
      { 'cluster.podCidr': '10.111.255.0/24' },
      'cluster.podCidr',
      'cluster.serviceCidr (10.96.0.0/12)',
    ],
  ])('%s', (_, changes, path, other) => {
    const mistakes = parse(environmentWith(changes)).filter(({ rule }) =>
      rule.startsWith('share no address'),
    );
    expect(mistakes).toEqual([
      expect.objectContaining({ path: path.split('.'), rule: `share no address with ${other}` }),
    ]);
    // The proposal is itself no mistake.
    const proposal = /^write e\.g\. (\S+)$/.exec(mistakes[0]!.fix)?.[1];
    expect(parse(environmentWith({ ...changes, [path]: proposal }))).toEqual([]);
  });

  test('neighbours may touch', () => {
    expect(parse(environmentWith({ 'cluster.podCidr': '10.1.0.0/16' }))).toEqual([]);
  });

  test('flannel has a /24 of podCidr for each node that there may be', () => {
    const small = { 'cluster.podCidr': '10.244.0.0/22', 'workerGroups.general.max': 2 };
    expect(parse(environmentWith({ ...small, 'controlPlane.count': 1 }))).toEqual([]);
    expect(parse(environmentWith(small))).toMatchObject([
      {
        path: ['cluster', 'podCidr'],
        rule: 'have a /24 for each of the 5 nodes that there may be (it has 4)',
        fix: 'write a range of /21 or larger, or lower max',
      },
    ]);
    // Others divide it as they like.
    expect(parse(environmentWith({ ...small, 'cluster.cniManifest': 'none' }))).toEqual([]);
  });
});

describe('hostile files', () => {
  const bomb = `a: &a [x, x, x, x, x, x, x, x, x]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]
c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]
d: [*c, *c, *c, *c, *c, *c, *c, *c, *c]
`;
  test.each([
    ['empty', '', 'be a map'],
    ['only a comment', '# nothing\n', 'be a map'],
    ['a list', '- a\n', 'be a map'],
    ['a scalar', 'just words\n', 'be a map'],
    ['a duplicate key', 'account: 1\naccount: 2\n', 'be valid YAML'],
    ['a broken flow', 'zones: [a, b\n', 'be valid YAML'],
    ['tabs', 'controlPlane:\n\tcount: 1\n', 'be valid YAML'],
    ['two documents', 'a: 1\n---\nb: 2\n', 'be valid YAML'],
    ['an unknown tag', 'account: !!js/function "x"\n', 'be valid YAML'],
    ['an unresolved alias', 'account: *nowhere\n', 'use aliases only of anchors above them, and at most 50'],
    ['an alias bomb', bomb, 'use aliases only of anchors above them, and at most 50'],
    ['a NUL', 'a: \u0000\n', 'be UTF-8 text'],
    ['a huge file', `# ${'x'.repeat(200_001)}`, 'have at most 200000 characters'],
  ])('%s gives a clear mistake', (_, text, rule) => {
    const mistakes = parse(text);
    expect(mistakes.length).toBeGreaterThan(0);
    expect(mistakes[0]).toMatchObject({ rule, file: 'environments/x.yaml' });
    expect(mistakes[0]?.line).toBeGreaterThan(0);
    expect(mistakes[0]?.fix).not.toBe('');
  });

  test('a byte-order mark is not a mistake', () => {
    expect(parse(`\uFEFF${environmentWith({})}`)).toEqual([]);
  });

  test('a key of the prototype is an unknown key like any other', () => {
    const text = `${environmentWith({})}__proto__:\n  account: x\nconstructor: 1\n`;
    expect(parse(text).map(({ path }) => path[0])).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>)['account']).toBeUndefined();
  });

  test.each(['workerGroups', 'cluster.existing.workerGroups', 'diskLevels'])(
    'a key __proto__ in %s does not vanish with what stands below it',
    (path) => {
      const text = environmentWith({ [`${path}.renamed`]: { min: 1 } }).replace('renamed:', '__proto__:');
      const line = text.split('\n').findIndex((one) => one.includes('__proto__')) + 1;
      expect(parse(text)).toContainEqual(
        expect.objectContaining({ path: [...path.split('.'), '__proto__'], line }),
      );
    },
  );

  test('whatever the text is, there is an environment or a placed mistake, never an exception', () => {
    const pieces = fc.constantFrom(
      'account',
      ':',
      ' ',
      '\n',
      '- ',
      '[',
      ']',
      '{',
      '}',
      '&a',
      '*a',
      '"',
      "'",
      '|',
      '1',
      '#',
      '\t',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        const { environment, mistakes } = parseEnvironment('x.yaml', parts.join(''));
        expect(environment === undefined).toBe(mistakes !== undefined);
        mistakes?.forEach(({ line, column }) => {
          expect(line).toBeGreaterThan(0);
          expect(column).toBeGreaterThan(0);
        });
      }),
    );
  });
});

describe('did you mean', () => {
  const known = ['warningPercent', 'criticalPercent', 'sizeGiB', 'maxSizeGiB', 'min', 'max'];
  test.each([
    ['warning_percent', 'warningPercent'],
    ['WARNINGPERCENT', 'warningPercent'],
    ['sizeGib', 'sizeGiB'],
    ['maxSize', undefined],
    ['maxx', 'max'],
    ['colour', undefined],
  ])('%s → %s', (word, meant) => {
    expect(didYouMean(word, known)).toBe(meant);
  });

  test('a known word with two neighbours swapped is found', () => {
    fc.assert(
      fc.property(fc.constantFrom('grow', 'act', 'maxSizeGiB'), fc.nat(), (word, seed) => {
        const at = seed % (word.length - 1);
        const swapped = `${word.slice(0, at)}${word[at + 1]}${word[at]}${word.slice(at + 2)}`;
        expect(didYouMean(swapped, ['act', 'grow', 'maxSizeGiB'])).toBe(word);
      }),
    );
  });

  test('a known word with one letter wrong is found', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('warningPercent', 'criticalPercent', 'maxSizeGiB'),
        fc.nat(),
        (word, seed) => {
          const at = seed % word.length;
          expect(didYouMean(`${word.slice(0, at)}~${word.slice(at + 1)}`, known)).toBe(word);
        },
      ),
    );
  });
});
