import {
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  lstatSync,
  writeFileSync,
  chmodSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { parse } from 'yaml';
import { EnvironmentEditError, editEnvironmentFile, type Edit } from '../../lib/config/edit';
import { EnvironmentFileError } from '../../lib/config/environment-file-error';
import { lineOf } from '../../lib/config/place';
import { environmentWith } from './valid-environment';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-edit-'));
  file = join(folder, 'prod.yaml');
});
afterEach(() => rmSync(folder, { recursive: true }));

const PROD = readFileSync(join(__dirname, '..', '..', 'environments', 'prod.yaml'), 'utf8');
const COMMENTED = PROD.replace('controlPlane:', '# the brain\ncontrolPlane:   # three of them')
  .replace('sizeGiB: 40', 'sizeGiB:   40     # birth size, since the incident')
  .replace('account: ', 'account:  ')
  .replace('general:', "'general':");
const write = (text = COMMENTED): string => {
  writeFileSync(file, text);
  return text;
};
const text = (): string => readFileSync(file, 'utf8');
const edit = (path: string, value: Edit['value']) => editEnvironmentFile(file, [{ path, value }]);
const SIZE = 'controlPlane.rootVolume.sizeGiB';

test('one value changes, and not one byte beside it', () => {
  const before = write();
  expect(edit(SIZE, 64)).toEqual([{ path: SIZE, value: 64, before: 40 }]);
  expect(text()).toBe(before.replace('sizeGiB:   40     #', 'sizeGiB:   64     #'));
  expect(readdirSync(folder)).toEqual(['prod.yaml']);
});

test.each([
  ['Windows line ends', (given: string) => given.replaceAll('\n', '\r\n')],
  ['a byte order mark', (given: string) => `\uFEFF${given}`],
  [
    'a flow map',
    (given: string) =>
      given.replace(
        /rootVolume:\n +sizeGiB: {3}40.*\n +maxSizeGiB: 200\n +growthGiBPerDay: 0.3\n/,
        'rootVolume: { sizeGiB: 40, maxSizeGiB: 200 } # all of it\n',
      ),
  ],
  ['no newline at the end', (given: string) => given.trimEnd()],
])('with %s', (_, shape) => {
  const before = write(shape(COMMENTED));
  edit(SIZE, 65);
  expect(text()).toBe(before.replace(/sizeGiB:( +)40/, 'sizeGiB:$1' + '65'));
  expect(text()).toContain('65');
});

test('quotes stay quotes', () => {
  write();
  edit('kubernetesVersion', '1.37.1');
  expect(text()).toContain("kubernetesVersion: '1.37.1'");
});

test('several edits are made together or not at all', () => {
  const before = write();
  editEnvironmentFile(file, [
    { path: SIZE, value: 300 },
    { path: 'controlPlane.rootVolume.maxSizeGiB', value: 400 },
  ]);
  expect(parse(text())).toMatchObject({ controlPlane: { rootVolume: { sizeGiB: 300, maxSizeGiB: 400 } } });
  write(before);
  expect(() =>
    editEnvironmentFile(file, [
      { path: SIZE, value: 64 },
      { path: 'controlPlane.rootVolume.maxSizeGiB', value: 50 },
    ]),
  ).toThrow(EnvironmentFileError);
  expect(text()).toBe(before);
});

test('an edit fixes a file that the loader refuses', () => {
  write(COMMENTED.replace('sizeGiB:   40', 'sizeGiB:   8'));
  edit(SIZE, 20);
  expect(parse(text())).toMatchObject({ controlPlane: { rootVolume: { sizeGiB: 20 } } });
});

test.each<[string, string, Edit['value'], RegExp]>([
  [
    'a path that is not there',
    'workerGroups.gone.rootVolume.sizeGiB',
    30,
    /must be in the file\n {2}found: no workerGroups.gone\n {2}fix: write 30 there/,
  ],
  ['a key that is not there', 'controlPlane.rootVolume.iops', 3000, /no controlPlane.rootVolume.iops/],
  ['a map', 'controlPlane.rootVolume', 30, /must be a single value/],
  ['below a value', `${SIZE}.x`, 30, /must be in the file/],
  ['a property of every object', '__proto__.polluted', 1, /no __proto__/],
  ['an empty path', '', 1, /must be in the file/],
])('%s is refused', (_, path, value, message) => {
  const before = write();
  expect(() => edit(path, value)).toThrow(EnvironmentEditError);
  expect(() => edit(path, value)).toThrow(message);
  expect(text()).toBe(before);
});

test('a value that the schema refuses is not written', () => {
  const before = write();
  expect(() => edit(SIZE, 19)).toThrow(
    /prod.yaml:\d+:\d+ {2}controlPlane.rootVolume.sizeGiB\n {2}must be a whole number from 20/,
  );
  expect(() => edit(SIZE, 'big # and a comment')).toThrow(EnvironmentFileError);
  expect(text()).toBe(before);
});

test('a value that an anchor puts in other places too is left to a person', () => {
  const before = write(
    COMMENTED.replace('sizeGiB:   40', 'sizeGiB: &size 40').replace('sizeGiB: 60', 'sizeGiB: *size'),
  );
  expect(() => edit(SIZE, 64)).toThrow(/without touching anything else/);
  expect(() => edit('workerGroups.general.rootVolume.sizeGiB', 64)).toThrow(/must be a single value/);
  expect(text()).toBe(before);
  const shared = write(
    COMMENTED.replace(/rootVolume:\n +sizeGiB: 60/, 'rootVolume: &volume\n      sizeGiB: 60').replace(
      /rootVolume:\n +sizeGiB: 80[^#]*throughputMiBps: 250\n +growthGiBPerDay: 2\n/,
      'rootVolume: *volume\n',
    ),
  );
  expect(shared).toContain('*volume');
  expect(() => edit('workerGroups.general.rootVolume.sizeGiB', 64)).toThrow(/without touching anything else/);
  expect(text()).toBe(shared);
});

test('a missing file and a broken one are reported', () => {
  expect(() => edit(SIZE, 64)).toThrow(/prod.yaml {2}\(file\)\n {2}must be readable/);
  write('a: [');
  expect(() => edit(SIZE, 64)).toThrow(/must be in valid YAML/);
});

test('a link stays a link, and the mode stays the mode', () => {
  write();
  chmodSync(file, 0o640);
  const link = join(folder, 'link.yaml');
  symlinkSync(file, link);
  editEnvironmentFile(link, [{ path: SIZE, value: 64 }]);
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(statSync(file).mode & 0o777).toBe(0o640);
  expect(text()).toContain('64');
});

/** Comments wherever a line may have one. */
const comments = fc.array(fc.stringMatching(/^[a-zA-Z0-9:'"{}&* -]{0,20}$/), {
  minLength: 60,
  maxLength: 60,
});
const edits = fc.constantFrom<readonly [string, fc.Arbitrary<number>]>(
  [SIZE, fc.integer({ min: 20, max: 200 })],
  ['workerGroups.general.rootVolume.maxSizeGiB', fc.integer({ min: 30, max: 65_536 })],
  ['diskLevels.warningPercent', fc.integer({ min: 76, max: 89 })],
  ['workerGroups.general.max', fc.integer({ min: 1, max: 100 })],
);

test('edited and read back, the value is there and so is every comment', () => {
  fc.assert(
    fc.property(
      edits.chain(([path, values]) => values.map((value) => ({ path, value }))),
      comments,
      fc.boolean(),
      (change, words, own) => {
        const lines = environmentWith({}).trimEnd().split('\n');
        const before = write(
          lines
            .map((line, index) => (own ? `# ${words[index]}\n${line}` : `${line} # ${words[index]}`))
            .join('\n'),
        );
        editEnvironmentFile(file, [change]);
        const keys = change.path.split('.');
        const value = keys.reduce<unknown>(
          (tree, key) => (tree as Record<string, unknown>)[key],
          parse(text()),
        );
        expect(value).toBe(change.value);
        const commentsOf = (yaml: string): string[] =>
          yaml.split('\n').map((line) => line.slice(line.indexOf('#')));
        expect(commentsOf(text()).filter((line) => line.startsWith('#'))).toEqual(
          commentsOf(before).filter((line) => line.startsWith('#')),
        );
      },
    ),
    { numRuns: 60 },
  );
});

describe('the line of a key', () => {
  test('in the shipped file and in one with comments', () => {
    const lines = write().split('\n');
    const at = (path: string) => lines[(lineOf(file, path) ?? 0) - 1];
    expect(at(SIZE)).toContain('sizeGiB:   40');
    expect(at('workerGroups.general.rootVolume.maxSizeGiB')).toContain('400');
    expect(at('workerGroups.memory.rootVolume.maxSizeGiB')).toContain('500');
    expect(at('zones.1')).toContain('zones');
    expect(lineOf(file, 'account')).toBe(2);
  });

  test('a key that is left out has its parent’s', () => {
    const lines = write().split('\n');
    expect(lines[(lineOf(file, 'workerGroups.general.rootVolume.iops') ?? 0) - 1]).toContain('rootVolume');
    expect(lines[(lineOf(file, `${SIZE}.x`) ?? 0) - 1]).toContain('sizeGiB');
    expect(lineOf(file, 'nothing.at.all')).toBeUndefined();
  });

  test('a file that is not there, or is none, has no lines', () => {
    expect(lineOf(join(folder, 'gone.yaml'), SIZE)).toBeUndefined();
    write(': [broken');
    expect(lineOf(file, SIZE)).toBeUndefined();
    write('');
    expect(lineOf(file, SIZE)).toBeUndefined();
  });
});
