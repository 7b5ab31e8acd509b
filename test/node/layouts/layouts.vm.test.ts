import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { prepareNodeImage } from '../../../lib/drill/vm/image';
import { VirtualMachine } from '../../../lib/drill/vm/virtual-machine';
import { nodeFilePath } from '../../../lib/node/node-files';
import { outputOf, run, type ScriptRun } from '../run-script';
import { LayoutCheck } from './check-layout';
import { GROWN, REFUSED, rows } from './layouts';

/** Builds the image where the cache has none, which takes minutes. */
jest.setTimeout(1_800_000);

const SCRIPTS = '/run/headroom-test';
const LAYOUT = `${SCRIPTS}/disk-layout.sh`;

let vm: VirtualMachine;
let check: LayoutCheck;
let number = 0;

const exec = async (
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<ScriptRun> => vm.exec(program, args, { timeoutSeconds: 600, environment });

const layout = async (...args: readonly string[]): Promise<void> => {
  outputOf(`disk-layout.sh ${args.join(' ')}`, await exec('bash', [LAYOUT, ...args]));
};

/** The node scripts as they are here, and disk-layout.sh. */
const sendScripts = async (): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'headroom-layouts-'));
  try {
    const archive = join(folder, 'scripts.tar');
    const heal = dirname(nodeFilePath('extend-root.sh'));
    const names = readdirSync(heal).filter((name) => name.endsWith('.sh'));
    await run('tar', ['--create', '--file', archive, '--directory', heal, ...names]);
    await run('tar', ['--append', '--file', archive, '--directory', __dirname, 'disk-layout.sh']);
    const result = await vm.exec(
      'sh',
      ['-c', `mkdir --parents ${SCRIPTS} && tar --extract --directory ${SCRIPTS}`],
      { stdin: readFileSync(archive) },
    );
    outputOf('sending the scripts', result);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

beforeAll(async () => {
  vm = await VirtualMachine.start({
    image: await prepareNodeImage({ rootFs: 'ext4' }),
  });
  await sendScripts();
  // LVM's backups would go here: there is no byte free, as on a full root.
  const full =
    'mount -t tmpfs -o size=4k tmpfs "$0" && { dd if=/dev/zero of="$0/fill" bs=4k 2>/dev/null || true; }';
  for (const name of ['archive', 'backup']) {
    const outcome = await exec('sh', ['-c', `mkdir --parents "$0" && ${full}`, `/etc/lvm/${name}`]);
    outputOf(`filling /etc/lvm/${name}`, outcome);
  }
});
afterAll(() => vm.stop());

beforeEach(() => {
  const script = (name: string, env: Readonly<Record<string, string>>): Promise<ScriptRun> =>
    exec('bash', [`${SCRIPTS}/${name}`], { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...env });
  check = new LayoutCheck({ layout, script }, `/srv/layout-${++number}`);
});
afterEach(() => check.destroy());

/** What layouts.host.test.ts runs everywhere is not run again: xfs needs neither a right of its own nor the device mapper. */
test.each(rows(GROWN, ({ deviceMapper }, type) => deviceMapper === true || type === 'ext4'))(
  '$type on $name takes all of a larger disk while it is full',
  (row) => check.isGrown(row),
);

test.each(rows(REFUSED, ({ deviceMapper }) => deviceMapper === true))(
  '$type on $name is refused by name',
  (row) => check.isRefused(row),
);
