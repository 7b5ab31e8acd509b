import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { USER_DATA_LIMIT_BYTES, nodeUserData } from '../../lib/cluster/user-data';

const SCRIPTS = join(__dirname, '..', '..', 'lib', 'heal', 'scripts');
const text = nodeUserData({ region: 'eu-central-1' });

test('leaves a tenth of EC2’s limit free', () => {
  expect(Buffer.byteLength(text)).toBeLessThan(USER_DATA_LIMIT_BYTES * 0.9);
});

test('bash can parse it', () => {
  execFileSync('bash', ['-n'], { input: text });
});

test.each(['guard.sh', 'boot-extend.sh'])(
  'carries %s whole, in a here-document that expands nothing',
  (name) => {
    expect(text).toContain(`\n${readFileSync(join(SCRIPTS, name), 'utf8').trimEnd()}\nHEADROOM_`);
  },
);

test('no here-document ends early', () => {
  for (const delimiter of ['HEADROOM_GUARD', 'HEADROOM_BOOT_EXTEND'])
    expect(text.split('\n').filter((line) => line === delimiter)).toHaveLength(1);
});

test('no placeholder is left', () => {
  expect(text).not.toContain('@@');
  expect(text).toContain("readonly REGION='eu-central-1'");
});

test('is the same for every node of a region, so a node’s template changes only with its settings', () => {
  expect(nodeUserData({ region: 'eu-central-1' })).toBe(text);
});

test('the root is extended before anything on the node writes', () => {
  const unit = /headroom-boot-extend\.service" 0644 <<'UNIT'\n([\s\S]*?)\nUNIT/.exec(text)?.[1] ?? '';
  expect(unit).toMatch(/^Before=.*\bcontainerd\.service\b.*\bkubelet\.service\b/m);
  expect(unit).toMatch(/^DefaultDependencies=no$/m);
  expect(unit).toMatch(/^Environment=TMPDIR=\/run$/m);
});
