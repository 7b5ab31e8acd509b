import { parseEnvironment } from '../../lib/config/parse';
import { DEFAULT_RECLAIM_POLICY } from '../../lib/domain/plan/reclaim-policy';
import { environmentWith } from './valid-environment';

const parsed = (changes: Record<string, unknown>): ReturnType<typeof parseEnvironment> =>
  parseEnvironment('x.yaml', environmentWith(changes));

test('left out, it is the default; a part of it leaves the rest as it is', () => {
  expect(parsed({}).environment?.reclaim).toEqual(DEFAULT_RECLAIM_POLICY);
  expect(parsed({ 'reclaim.keepHours': { logs: 48 } }).environment?.reclaim).toEqual({
    ...DEFAULT_RECLAIM_POLICY,
    keepHours: { ...DEFAULT_RECLAIM_POLICY.keepHours, logs: 48 },
  });
});

test.each([
  ['reclaim.skip', { value: [] }],
  ['reclaim.skip', { value: ['coredumps', 'journal'] }],
  ['reclaim.images.keep', { value: ['*'] }],
  ['reclaim.images.keep', { value: ['registry.example.com:5000/base/*@sha256:*'] }],
  ['reclaim.images.keep', { value: Array<string>(20).fill('a') }],
])('%s allows %j', (path, { value }) => expect(parsed({ [path]: value }).mistakes).toBeUndefined());

const REFUSED: readonly (readonly [path: string, given: { readonly value: unknown }])[] = [
  ['reclaim.skip', { value: ['ballast'] }],
  ['reclaim.skip', { value: ['deleted-open'] }],
  ['reclaim.skip', { value: 'logs' }],
  ['reclaim.keepHours', { value: { packages: 1 } }],
  ...['a b', '../../etc/passwd', '-rf', 'a//b', '$(id)', 'a,b', '', 'a'.repeat(201), "it's", 'a\nb'].map(
    (pattern) => ['reclaim.images.keep', { value: [pattern] }] as const,
  ),
  ['reclaim.images.keep', { value: Array<string>(21).fill('a') }],
];
test.each(REFUSED)('%s refuses %j', (path, { value }) =>
  expect(parsed({ [path]: value }).mistakes?.map((mistake) => mistake.path.join('.'))[0]).toMatch(
    new RegExp(`^${path}`),
  ),
);

test('a mistake names the field, the rule, the value and what to write', () => {
  const [mistake] = parsed({ 'reclaim.skip': ['etcd'] }).mistakes ?? [];
  expect(mistake?.path).toEqual(['reclaim', 'skip', 0]);
  expect(JSON.stringify(mistake)).toMatch(/one of packages, snap.*etcd.*\[coredumps\]/);
});

test('what may not be left out has its reason', () =>
  expect(parsed({ 'reclaim.skip': ['ballast'] }).mistakes?.[0]?.rule).toMatch(
    /ballast is what frees the first bytes on a full disk/,
  ));

test('the rule of an image name excludes what the pattern does', () =>
  expect(parsed({ 'reclaim.images.keep': ['../x'] }).mistakes?.[0]?.rule).toBe(
    'be an image name of at most 200 characters: letters, digits, _ : @ - and * (any characters), parted by single dots and slashes, beginning with a letter, a digit or *',
  ));
