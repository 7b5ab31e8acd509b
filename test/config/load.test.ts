import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EnvironmentFileError } from '../../lib/config/environment-file-error';
import { UnknownEnvironmentError, loadEnvironments } from '../../lib/config/load';
import { environmentWith } from './valid-environment';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'headroom-environments-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const write = (file: string, text = environmentWith({})) => writeFileSync(join(folder, file), text);

const errorOf = (load: () => unknown): Error => {
  try {
    load();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
};

test('the environments are the yaml files, by name', () => {
  write('b.yaml');
  write('a.yaml');
  write('environment.schema.json', '{}');
  write('README.md', '#');
  expect(loadEnvironments(folder).map(({ name }) => name)).toEqual(['a', 'b']);
});

test('picking one leaves the mistakes of the others alone', () => {
  write('good.yaml');
  write('bad.yaml', 'account: 1\n');
  expect(loadEnvironments(folder, 'good').map(({ name }) => name)).toEqual(['good']);
  expect(() => loadEnvironments(folder)).toThrow(EnvironmentFileError);
});

test('the mistakes of all files come together', () => {
  write('one.yaml', environmentWith({ account: '1' }));
  write('two.yaml', environmentWith({ region: 'x' }));
  const { message } = errorOf(() => loadEnvironments(folder));
  expect(message).toContain('mistakes in 2 environment files');
  expect(message).toMatch(/one\.yaml:\d+:\d+ {2}account/);
  expect(message).toMatch(/two\.yaml:\d+:\d+ {2}region/);
});

test('an unknown name lists the ones that exist, and the likely one', () => {
  write('dev.yaml');
  write('prod.yaml');
  const error = errorOf(() => loadEnvironments(folder, 'prdo'));
  expect(error).toBeInstanceOf(UnknownEnvironmentError);
  expect(error.message).toBe(
    'There is no environment "prdo". Did you mean "prod"? The environments are: dev, prod.',
  );
  expect(errorOf(() => loadEnvironments(folder, 'qa')).message).not.toContain('Did you mean');
});

test.each(['../dev', '', 'dev.yaml', '/etc/passwd', '*'])('the name %j reaches no file', (name) => {
  write('dev.yaml');
  expect(() => loadEnvironments(folder, name)).toThrow(UnknownEnvironmentError);
});

test('a folder without environments is said to be one', () => {
  expect(() => loadEnvironments(folder)).toThrow('add environments/NAME.yaml');
});

test.each(['Prod', 'a_b', '1st', 'a-', 'a'.repeat(21), 'my-workers', 'x-control-plane-y', 'workers'])(
  'a file cannot be called %s.yaml',
  (name) => {
    write(`${name}.yaml`);
    expect(() => loadEnvironments(folder)).toThrow('have a file name of 1 to 20');
  },
);

test.each(['a', 'prod', 'prod-eu-2', 'a'.repeat(20)])('a file can be called %s.yaml', (name) => {
  write(`${name}.yaml`);
  expect(loadEnvironments(folder)).toHaveLength(1);
});

test('a file with the other ending is not passed over in silence', () => {
  write('dev.yaml');
  write('prod.yml');
  expect(() => loadEnvironments(folder)).toThrow('rename it to prod.yaml');
});
