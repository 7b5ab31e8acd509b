import { mkdirSync, writeFileSync } from 'node:fs';
import { nodeFilePath } from '../../lib/node/node-files';
import { readScriptResult } from '../../lib/domain/node/run-command-output';
import { LoopFilesystem } from './loop-filesystem';
import { expectOneLine, mustRun, run, runForResult } from './run-script';

const MIB = 1024 ** 2;
const BIG_MIB = 40;
jest.setTimeout(120_000);

/** What any user may call a file. The last ones are no UTF-8, and as long as a name can be. */
const NAMES: readonly Buffer[] = [
  Buffer.from('x\n+1e18 boom'),
  Buffer.from('a\n999999999999999999 cut'),
  Buffer.from('","ok":false,"x":"'),
  Buffer.from('back\\slash\\u0022'),
  Buffer.from('\u001b]52;c;Y3VybA==\u0007'),
  Buffer.from('\u009b2J\u202egpj.exe'),
  Buffer.from('-rf --'),
  Buffer.from('$(id) `id` {{ x }} %s %n'),
  Buffer.concat([Buffer.from('bad'), Buffer.from([0xff, 0xfe, 0xc0, 0x80])]),
  Buffer.alloc(255, 'n\n"'),
];

let disk: LoopFilesystem;
const within = (folder: string, name: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${disk.path(folder)}/`), name]);

beforeAll(async () => {
  disk = await LoopFilesystem.create({ type: 'ext4', sizeMiB: 512, inodes: 16_384 });
  const folders = ['var/log', 'tmp', 'etc/kubernetes/pki', 'var/lib', 'var/cache/apt/archives', 'srv'];
  for (const folder of folders) mkdirSync(disk.path(folder), { recursive: true });
  for (const name of NAMES)
    for (const folder of folders) {
      mkdirSync(within(folder, name));
      writeFileSync(Buffer.concat([within(folder, name), Buffer.from('/'), name]), 'x');
      if (name.length < 250) writeFileSync(within(folder, Buffer.concat([name, Buffer.from('.crt')])), '');
    }
  await mustRun('fallocate', '-l', `${BIG_MIB}MiB`, disk.path('srv/big'));
  await run('sh', [
    '-c',
    'cd "$0" && mkdir "x\n+1e18 boom/many" && cd "x\n+1e18 boom/many" && seq 12000 | xargs touch',
    disk.path('srv'),
  ]);
});
afterAll(() => disk.destroy());

test('assess-node: the line is whole, the figures are those of the disk', async () => {
  const { result, stdout } = await runForResult('assess-node', { env: disk.env });
  expect(result.biggest).toEqual([[`${disk.mountPoint}/srv`, expect.any(Number)]]);
  expect(result.biggest[0]?.[1]).toBeGreaterThan(BIG_MIB * MIB);
  expect(result.biggest[0]?.[1]).toBeLessThan((BIG_MIB + 8) * MIB);
  expect(result.mostFiles?.map(([, files]) => files)).toEqual([12_000]);
  expect(stdout).not.toMatch(/[^\n\P{Cc}]|\p{Cf}/u);
});

test.each([
  ['reclaim-disk', 'heal', { HEADROOM_TARGET_PERCENT: '1', HEADROOM_DRY_RUN: 'true' }],
  ['reclaim-disk', 'heal', { HEADROOM_TARGET_PERCENT: '1' }],
  ['verify-node', 'heal', { HEADROOM_WAIT_SECONDS: '0', HEADROOM_TRANSITION_SECONDS: '0' }],
  ['diagnose-node', 'operate', {}],
] as const)(
  '%s (%s) prints one line that is JSON, and nothing that acts on a terminal',
  async (script, _, settings) => {
    const outcome = await run('bash', [nodeFilePath(`${script}.sh`)], {
      PATH: process.env['PATH'],
      ...disk.env,
      ...settings,
    });
    expectOneLine(outcome);
    expect(readScriptResult(outcome.stdout, script)).toMatchObject({ ok: true });
    expect(outcome.stdout + outcome.stderr).not.toMatch(/[^\n\P{Cc}]|[\u202a-\u202e\u2066-\u2069]/u);
  },
);
