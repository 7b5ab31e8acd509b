import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

type Change = readonly [seconds: number, container: string, what: 'starts' | 'ends'];

interface Played {
  readonly started: readonly Change[];
  readonly full: readonly Change[];
  readonly healed: readonly Change[];
  readonly restarted: readonly Change[];
  readonly images: readonly string[];
  readonly said: readonly string[];
}

const STAND_IN = join(__dirname, '../../../lib/drill/vm/guest/root/usr/local/lib/headroom-drill');
const CONTROL_PLANE = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];

describe('the stand-in kubelet on a disk that is full for minutes', () => {
  let played: Played;
  beforeAll(() => {
    const args = ['-B', join(__dirname, 'stand-in-kubelet.py'), STAND_IN];
    played = JSON.parse(execFileSync('python3', args, { encoding: 'utf8' })) as Played;
  });
  const names = (changes: readonly Change[]) => changes.map(([, container]) => container);

  test('starts everything at once', () => {
    expect(names(played.started)).toEqual(['app', ...CONTROL_PLANE]);
  });

  test('evicts the workload, then the control plane ends: etcd first, the API server last', () => {
    expect(played.full.map(([seconds, container, what]) => `${seconds} ${container} ${what}`)).toEqual([
      '0 app ends',
      '10 etcd ends',
      '15 kube-controller-manager ends',
      '15 kube-scheduler ends',
      '19 kube-apiserver ends',
    ]);
    expect(played.images).toEqual(['etcd']);
  });

  test('says what keeps a container down, up to five minutes', () => {
    for (const backOff of ['10s', '20s', '40s', '1m20s', '2m40s', '5m0s'])
      expect(played.said).toContainEqual(
        expect.stringContaining(`CrashLoopBackOff: \\"back-off ${backOff} restarting failed container=etcd`),
      );
    expect(played.said).toContainEqual(
      expect.stringMatching(/CreateContainerError: .*no space left on device/),
    );
  });

  test('leaves the control plane down where there is room again, until it starts anew', () => {
    expect(played.healed).toEqual([]);
    expect(names(played.restarted)).toEqual(expect.arrayContaining(CONTROL_PLANE));
  });
});

test('a kubelet that starts anew counts the attempts on, since the runtime has each container name once only', () => {
  const args = ['-B', join(__dirname, 'stand-in-pods.py'), STAND_IN];
  expect(JSON.parse(execFileSync('python3', args, { encoding: 'utf8' }))).toEqual([2, 1]);
});
