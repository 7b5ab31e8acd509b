import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fishCompletion } from '../../lib/console/completion/fish';
import { zshCompletion } from '../../lib/console/completion/zsh';
import { keptScript } from './completion';

const zshScript = keptScript(zshCompletion);
const fishScript = keptScript(fishCompletion);

test('zsh completes commands, options, names and files', () => {
  const lines = {
    'headroom stat': 'headroom status ',
    'npx headroom resu': 'npx headroom resume ',
    'headroom status --en': 'headroom status --env ',
    'headroom status --env st': 'headroom status --env staging ',
    'headroom status --env=st': 'headroom status --env=staging ',
    'headroom drill --scenario disk-full-x': 'headroom drill --scenario disk-full-xfs ',
    'headroom run --env prod Drain': 'headroom run --env prod DrainNode ',
    'headroom audit --fix --output /etc/hostnam': 'headroom audit --fix --output /etc/hostname ',
  };
  const { stdout, stderr } = spawnSync(
    'python3',
    [join(__dirname, 'stand-ins', 'type-into-zsh.py'), zshScript, ...Object.keys(lines)],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual(Object.values(lines));
});

test.each([
  ['headroom st', ['status\tShow each node']],
  ['npx headroom resu', ['resume\tEnd a pause']],
  ['headroom status --e', ['--env\tthe environment']],
  ['headroom status --env ', ['dev\t', 'prod\t', 'staging\t']],
  ['headroom drill --scenario disk-full-x', ['disk-full-xfs\t']],
  ['headroom run --env prod Drain', ['DrainNode']],
  ['headroom audit /etc/hostnam', ['/etc/hostname']],
  ['npx cdk resu', []],
])('fish offers for %j: %j', (line, begins) => {
  const { stdout, stderr } = spawnSync(
    'fish',
    ['--no-config', '--command', 'source $argv[1]; complete --do-complete $argv[2]', fishScript, line],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  const offered = stdout.split('\n').filter((each) => each !== '');
  expect(offered).toEqual(begins.map((begin) => expect.stringMatching(`^${begin}`) as string));
});
