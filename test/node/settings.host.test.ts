import { expectOneLine, runScript } from './run-script';

/** [script, setting, below, above] */
const RANGES = [
  ['assess-node', 'TIME_BUDGET_SECONDS', 0, 601],
  ['reclaim-disk', 'TARGET_PERCENT', 0, 100],
  ['reclaim-disk', 'JOURNAL_KEEP_DAYS', 0, 366],
  ['reclaim-disk', 'JOURNAL_KEEP_MIB', 7, 65537],
  ['reclaim-disk', 'STEP_TIMEOUT_SECONDS', 4, 3601],
  ['extend-root', 'MIN_DISK_GIB', -1, 65537],
  ['extend-root', 'WAIT_SECONDS', -1, 901],
  ['restart-kubelet', 'WAIT_SECONDS', 0, 901],
  ['restart-kubelet', 'GRACE_SECONDS', -1, 121],
  ['verify-node', 'TARGET_PERCENT', 0, 100],
  ['verify-node', 'CEILING_PERCENT', 0, 101],
  ['verify-node', 'WAIT_SECONDS', -1, 901],
  ['verify-node', 'TRANSITION_SECONDS', -1, 901],
  ['prepare-node', 'JOURNAL_MAX_MIB', 15, 10000],
  ['prepare-node', 'JOURNAL_FREE_MIB', 15, 10000],
  ['prepare-node', 'LOG_MAX_MIB', 0, 10000],
  ['prepare-node', 'SNAP_RETAIN', 1, 21],
  ['prepare-node', 'TARGET_PERCENT', 0, 100],
  ['prepare-node', 'GUARD_RECLAIM_PERCENT', 0, 100],
  ['prepare-node', 'GUARD_RECLAIM_INTERVAL_MINUTES', 0, 1441],
  ['cordon-drain-node', 'TIMEOUT_SECONDS', 9, 1801],
  ['diagnose-node', 'CERTIFICATE_DAYS', 0, 366],
  ['diagnose-node', 'CLOCK_SECONDS', 0, 86401],
  ['diagnose-node', 'LOOK_BACK_HOURS', 0, 169],
  ['cluster-facts', 'TIMEOUT_SECONDS', 9, 121],
  ['upgrade-node', 'WAIT_SECONDS', 9, 901],
  ['drill-disk', 'FILL_TO_PERCENT', 49, 96],
  ['drill-disk', 'HOLD_MINUTES', 4, 181],
  ['etcd-snapshot', 'SAVE_SECONDS', 9, 3601],
  ['restore-etcd', 'WAIT_SECONDS', 9, 901],
  ['prepare-etcd-snapshots', 'EVERY_HOURS', 0, 25],
  ['issue-client-certificate', 'EXPIRATION_SECONDS', 599, 86401],
] as const;

const scripts = [...new Set(RANGES.map(([script]) => script)), 'remove-headroom'];

describe.each(RANGES)('%s: HEADROOM_%s', (script, setting, below, above) => {
  test.each([
    below,
    above,
    'x',
    '7 5',
    '1e3',
    '$(touch /tmp/headroom-hostile)',
    '"}\n{"',
    '99999999999999999999',
  ])('%j ends with exit 2 and says so', async (value) => {
    const outcome = await runScript(`${script}.sh`, { env: { [`HEADROOM_${setting}`]: String(value) } });
    expect(outcome.exitCode).toBe(2);
    expect(expectOneLine(outcome)).toEqual({
      headroom: 1,
      script,
      ok: false,
      dryRun: false,
      error: expect.stringMatching(
        new RegExp(`^HEADROOM_${setting} must be a whole number from \\d+ to \\d+, got '`),
      ) as unknown,
    });
  });
});

describe.each(scripts)('%s', (script) => {
  test.each([
    ['an unknown argument', { args: ['--force'] }, "unknown argument '--force'; see --help"],
    [
      'a dry run that is neither',
      { env: { HEADROOM_DRY_RUN: 'yes' } },
      "HEADROOM_DRY_RUN must be true or false, got 'yes'",
    ],
    [
      'a mount point that is not there',
      { env: { HEADROOM_MOUNT_POINT: '/nowhere' } },
      "HEADROOM_MOUNT_POINT must be an absolute directory, got '/nowhere'",
    ],
  ])('%s ends with exit 2', async (_, options, error) => {
    const outcome = await runScript(`${script}.sh`, options);
    expect(outcome.exitCode).toBe(2);
    expect(expectOneLine(outcome)).toMatchObject({ script, ok: false, error });
  });
});

test('a target above the ceiling can never be verified', async () => {
  const env = { HEADROOM_TARGET_PERCENT: '81', HEADROOM_CEILING_PERCENT: '80' };
  const outcome = await runScript('verify-node.sh', { env });
  expect(outcome.exitCode).toBe(2);
  expect(expectOneLine(outcome)).toMatchObject({
    ok: false,
    error: expect.stringContaining('got 81 and 80') as unknown,
  });
});
