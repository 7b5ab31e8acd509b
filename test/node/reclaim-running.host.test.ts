import { renderScript } from '../../lib/node/node-files';
import { readScriptResult } from '../../lib/domain/node/run-command-output';
import type { ReclaimResult } from '../../lib/domain/node/node-figures';
import { OverlayRoot } from './overlay-root';

/** What reclaim does on `/` and by the path that production takes, with the real journalctl and find. */
jest.setTimeout(180_000);

let root: OverlayRoot;
beforeEach(() => {
  root = new OverlayRoot();
  // The steps that would work on what this machine has are not looked at here.
  for (const name of ['apt-get', 'snap', 'crictl', 'systemd-tmpfiles'])
    root.put(`usr/local/sbin/${name}`, '#!/bin/sh\nexit 0\n', 0o755);
});
afterEach(() => root.destroy());

const reclaim = async (prepare: string, look: string): Promise<{ result: ReclaimResult; seen: string[] }> => {
  const outcome = await root.run(renderScript('reclaim-disk.sh'), {
    env: { HEADROOM_TARGET_PERCENT: '1', HEADROOM_LOCK_WAIT_SECONDS: '0' },
    // Some percent of the layer that is written to, so that the target is not reached.
    prepare: `head -c 10M /dev/zero >/srv/load\n${prepare}`,
    look,
  });
  const reading = readScriptResult(outcome.stdout, 'reclaim-disk');
  if (!reading.ok) throw new Error(`${reading.why}\n${outcome.stderr}`);
  return { result: reading.value, seen: outcome.seen.split('\n').filter(Boolean) };
};

describe('journals', () => {
  const STALE = '0123456789abcdef0123456789abcdef';
  // Names as journald gives them to archived files; content that is no empty journal, which it would delete in any case.
  const PREPARE = `set -e
rm -rf /var/log/journal
echo fedcba9876543210fedcba9876543210 >/etc/machine-id
for id in ${STALE} $(cat /etc/machine-id); do
  mkdir -p /var/log/journal/$id
  for number in 1 2; do
    file=/var/log/journal/$id/system@$(printf %032x $number)-0000000000000001-0005f0e0d0c0b0a0.journal
    head -c 1000000 /dev/zero | tr '\\0' '\\377' >"$file"
    touch -d '60 days ago' "$file"
  done
  cp -p "$file" /var/log/journal/$id/system.journal
done
touch -d '60 days ago' /var/log/journal/${STALE}/system.journal
cp -p "$file" /var/log/journal/${STALE}/user-1000.journal
touch /var/log/journal/${STALE}/user-1000.journal
`;

  test("another machine's are vacuumed like the node's own; what it had open goes when it is old", async () => {
    const { result, seen } = await reclaim(PREPARE, 'cd /var/log/journal && find . -type f | sort');
    expect(result.steps.find(({ name }) => name === 'journal')).toMatchObject({ status: 'done' });
    expect(seen).toEqual([
      // Written today, so that someone may still be at it.
      `./${STALE}/user-1000.journal`,
      './fedcba9876543210fedcba9876543210/system.journal',
    ]);
  });

  test('a journal of another id that a process has open stays', async () => {
    const open = `exec 7</var/log/journal/${STALE}/system.journal; sleep 40 & echo $! >/run/test/pid\n`;
    const { seen } = await reclaim(
      PREPARE + open,
      'kill "$(cat /run/test/pid)"; cd /var/log/journal && find . -name system.journal | sort',
    );
    expect(seen).toEqual([`./${STALE}/system.journal`, './fedcba9876543210fedcba9876543210/system.journal']);
  });
});

describe("the Systems Manager agent's folders", () => {
  const FOLDER = '/var/lib/amazon/ssm/i-0123456789abcdef0/document';
  const id = (digit: string): string => `${digit.repeat(8)}-0000-4000-8000-000000000000`;
  const PREPARE = `set -e
cd / && mkdir -p ${FOLDER}/orchestration ${FOLDER}/state/current /srv/keep && chmod -R go-w /var/lib/amazon
cd ${FOLDER}/orchestration
for id in ${id('1')} ${id('2')} ${id('3')} ${id('4')}; do mkdir -p $id/step; echo x >$id/step/stdout; done
# An association: one folder a run.
mkdir -p ${id('5')}/2026-01-01T00-00-00.000Z/step ${id('5')}/2026-11-29T00-00-00.000Z/step
mkdir -p not-a-command/step; ln -s /srv/keep ${id('6')}; ln -s /srv/keep ${id('1')}/step/link; echo x >/srv/keep/precious
: >${FOLDER}/state/current/${id('3')}
find . -exec touch -h -d '3 days ago' {} +
touch ${id('2')} ${id('5')} ${id('5')}/2026-11-29T00-00-00.000Z
# One that has run for three days.
(exec -a "/bin/bash ${FOLDER}/orchestration/${id('4')}/step/_script.sh" sleep 60) & echo $! >/run/test/pid
`;
  const LOOK = `kill "$(cat /run/test/pid)"; cd ${FOLDER}/orchestration && find . -mindepth 1 -maxdepth 2 -not -name step | sort; cat /srv/keep/precious`;

  test('old ones go, with their inodes; what is young, at work, unknown or a link stays', async () => {
    const { result, seen } = await reclaim(PREPARE, LOOK);
    expect(result.steps.find(({ name }) => name === 'agent')).toMatchObject({
      status: 'done',
      why: '2 commands',
    });
    expect(seen).toEqual(
      [
        ...[id('2'), id('3'), id('4'), id('5'), id('6')].map((name) => `./${name}`),
        `./${id('5')}/2026-11-29T00-00-00.000Z`,
        './not-a-command',
      ]
        .sort()
        .concat('x'),
    );
  });

  test('a folder that others may write to is left alone', async () => {
    const { result, seen } = await reclaim(`${PREPARE}\nchmod 0777 /var/lib/amazon\n`, LOOK);
    expect(result.steps.find(({ name }) => name === 'agent')).toMatchObject({
      why: "0 commands, /var/lib/amazon is not root's alone",
    });
    expect(seen).toContain(`./${id('1')}`);
  });
});
