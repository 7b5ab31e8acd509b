import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mustRun, STAND_INS } from './run-script';

const NODE_STATE = join(__dirname, '../../lib/node/node-state.sh');

/** `cri ps` in an /etc of its own, which has the files; prints what crictl found as its endpoint. */
async function asked(files: string[], endpoint?: string): Promise<string> {
  const runtime = mkdtempSync(join(tmpdir(), 'headroom-cri-'));
  mkdirSync(join(runtime, 'containers'));
  const script = [
    'mount -t tmpfs tmpfs /etc',
    ...files.map((file) => `touch ${file}`),
    `source ${NODE_STATE} && cri ps --all --quiet && echo answered`,
  ].join('\n');
  const variables = [
    `STAND_IN_CRI=${runtime}`,
    ...(endpoint === undefined ? [] : [`CONTAINER_RUNTIME_ENDPOINT=${endpoint}`]),
  ];
  try {
    const path = `PATH=${STAND_INS}:${process.env['PATH'] ?? ''}`;
    return await mustRun('env', path, ...variables, 'unshare', '--mount', 'bash', '-ec', script);
  } finally {
    rmSync(runtime, { recursive: true });
  }
}

// crictl v1.36.0 takes a variable that is set and empty for its endpoint, and then does not read its file.
test.each([
  ['by its own file', ['/etc/crictl.yaml'], undefined],
  ['by its own file, where the variable is empty', ['/etc/crictl.yaml'], ''],
  ['by the default, without a file', [], undefined],
  ['by the variable', ['/etc/crictl.yaml'], 'unix:///run/other.sock'],
])('crictl finds the runtime %s', async (_, files, endpoint) => {
  expect(await asked(files, endpoint)).toContain('answered');
});
