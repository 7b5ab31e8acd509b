import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { deployCommand } from '../../lib/console/deploy-command';
import { ROOT } from '../app/environments';

const PLACES = [
  'README.md',
  'package.json',
  'action.yml',
  'docs',
  'lib',
  'bin',
  'lambda',
  'environments',
  '.github',
];

const filesBelow = (place: string): string[] => {
  if (/\.\w+$/.test(place) && !place.startsWith('.')) return [place];
  return readdirSync(join(ROOT, place), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(md|ts|ya?ml|sh|json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1));
};

/** Every mention of a command that selects stacks, with its file. */
const mentions = PLACES.flatMap(filesBelow).flatMap((file) =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(/npx cdk (?:deploy|destroy|diff)\b[^`\n]*/g)].map(
    ([command]) => [file, command.trim()] as const,
  ),
);

test('documents the commands', () =>
  expect(mentions.map(([file]) => file)).toEqual(
    expect.arrayContaining([
      'README.md',
      'docs/first-deploy.md',
      'docs/runbook.md',
      '.github/workflows/deploy.yml',
    ]),
  ));

// Stacks live in a Stage: `--all` finds none, and an unquoted `**` is the shell's.
test.each(mentions)('%s: %s selects the stacks of one named environment', (file, command) => {
  expect(command).toMatch(/^npx cdk \w+ '\*\*' /);
  expect(command).toMatch(/ -c env=\S|\$\{environment(Name)?\}|--app "?\S+/);
  expect(file).toBeTruthy();
});

test('the messages of the console name the same command', () =>
  expect(deployCommand('prod')).toBe("npx cdk deploy '**' -c env=prod"));
