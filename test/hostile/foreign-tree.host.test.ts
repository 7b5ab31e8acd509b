import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
/** The Node of the action; it runs the TypeScript of bin/github-comment.ts as it is. */
const ACTION_NODE = join(ROOT, 'node_modules', '.bin', 'node');

const tree = mkdtempSync(join(tmpdir(), 'headroom-foreign-tree-'));
const OWNED = join(tree, 'owned');
afterAll(() => rmSync(tree, { recursive: true }));

const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
};
const PACKAGES = [...Object.keys(dependencies), 'headroom', 'aws-cdk'];

const evil = (how: string): string =>
  `require('node:fs').appendFileSync(${JSON.stringify(OWNED)}, ${JSON.stringify(`${how}\n`)});\n`;
const write = (file: string, content: string | object): void => {
  mkdirSync(dirname(join(tree, file)), { recursive: true });
  writeFileSync(join(tree, file), typeof content === 'string' ? content : JSON.stringify(content), {
    mode: 0o755,
  });
};

/** A repository that asks for an audit, and in every file that some tool loads by itself has code of its own. */
beforeAll(() => {
  write('evil.js', evil('evil.js'));
  write('evil.ts', evil('evil.ts'));
  write('evil.sh', `#!/bin/sh\necho evil.sh >>${OWNED}\n`);
  write('tsconfig.json', {
    compilerOptions: {
      baseUrl: '.',
      jsxImportSource: './evil',
      paths: { ...Object.fromEntries(PACKAGES.map((name) => [name, ['./evil.ts']])), '*': ['./evil.ts'] },
    },
  });
  write('package.json', {
    ...{
      name: 'headroom',
      type: 'module',
      main: './evil.js',
      bin: './evil.js',
      packageManager: 'npm@11.0.0',
    },
    imports: { '#*': './evil.js' },
    workspaces: ['.'],
    scripts: Object.fromEntries(
      ['preinstall', 'install', 'postinstall', 'prepare', 'audit', 'build'].map((name) => [
        name,
        './evil.sh',
      ]),
    ),
  });
  for (const name of PACKAGES) {
    write(`node_modules/${name}/package.json`, { name, version: '99.0.0', main: 'index.js' });
    write(`node_modules/${name}/index.js`, evil(name));
  }
  for (const name of ['node', 'cdk', 'esbuild', 'tsx', 'headroom'])
    write(`node_modules/.bin/${name}`, `#!/bin/sh\necho ${name} >>${OWNED}\n`);
  write('.npmrc', 'node-options=--require=./evil.js\nscript-shell=./evil.sh\nprefix=.\n');
  write('.env', 'NODE_OPTIONS=--require ./evil.js\n');
  write('node.config.json', { nodeOptions: { import: ['./evil.js'] } });
  write('cdk.json', { app: './evil.sh', build: './evil.sh', plugin: ['./evil.js'] });
  for (const file of ['.eslintrc.js', 'jest.config.js', 'esbuild.config.js', 'commander.js', 'tsx.config.js'])
    write(file, evil(file));
  write('dist/cli.js', evil('dist/cli.js'));
  write('bin/cli.ts', evil('bin/cli.ts'));
  write('template.json', { Resources: { Topic: { Type: 'AWS::SNS::Topic' } } });
});

beforeEach(() => rmSync(OWNED, { force: true }));

const owned = (): string => (existsSync(OWNED) ? readFileSync(OWNED, 'utf8') : '');
const run = (program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  spawnSync(program, args, { cwd: tree, encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '', ...env } });

describe('a repository that is audited', () => {
  it.each([
    ['a template', ['audit', 'template.json']],
    ['a folder of templates', ['audit', '.', '--base', '.', '--format', 'html']],
    ['the rules', ['audit', '--list-rules']],
    ['the user data of our own environment', ['user-data', '--env', 'dev', '--role', 'control-plane']],
  ])('has none of its code run by the command line: %s', (_what, args) => {
    const { status, stdout, stderr } = run(process.execPath, [join(ROOT, 'bin', 'cli.js'), ...args]);
    expect({ owned: owned(), status, stderr }).toEqual({ owned: '', status: 0, stderr: '' });
    expect(stdout).not.toBe('');
  });

  it('has none of its code run by the action', () => {
    const env = {
      ACTION_PATH: ROOT,
      HEAD: 'template.json',
      RUNNER_TEMP: tree,
      GITHUB_OUTPUT: join(tree, 'out'),
    };
    const { status, stderr } = run('bash', [join(ROOT, '.github', 'scripts', 'audit.sh')], env);
    expect({ owned: owned(), status, stderr }).toEqual({ owned: '', status: 0, stderr: '' });
  });

  it('has none of its code run by the comment, which holds the token', () => {
    const args = ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', join(ROOT, 'bin', 'github-comment.ts')];
    const { stdout, stderr } = run(ACTION_NODE, args, { GITHUB_TOKEN: 'secret' });
    // It ends at the first input that is not there.
    expect({ owned: owned(), stdout, stderr }).toEqual({
      owned: '',
      stdout: expect.stringMatching(/^::error::/) as string,
      stderr: '',
    });
  });
});
