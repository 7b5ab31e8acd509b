import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { requirementsFor } from '../../../lib/drill/host/requirements';
import { CannotRunError } from '../../../lib/drill/cannot-run';
import { cannotBuild, kubernetesVersion, requiredVersion } from '../../../lib/drill/lab/programs';
import { ProgramFailed } from '../../../lib/drill/vm/run-program';

const ROOT = join(__dirname, '..', '..', '..');

describe('what the real node is built from', () => {
  test('is the flannel that the manifest names', () => {
    const manifest = readFileSync(join(ROOT, 'lib/stacks/cluster/cni/flannel.yaml'), 'utf8');
    const version = requiredVersion('flannel', 'github.com/flannel-io/flannel');
    expect(manifest).toContain(`image: ghcr.io/flannel-io/flannel:${version}\n`);
  });

  test('is the Kubernetes whose kubeadm reads the rendered files in the tests', () => {
    const kubeadm = readFileSync(join(ROOT, 'test/node/bootstrap/kubeadm-module/go.mod'), 'utf8');
    expect(kubeadm).toContain(`require k8s.io/kubernetes ${kubernetesVersion()}\n`);
  });

  test('needs a C compiler, which a drill does not', () => {
    const programs = (purpose: 'lab' | 'drill'): string[] =>
      requirementsFor({ purpose }).map(({ program }) => program);
    expect(programs('lab')).toContain('gcc');
    expect(programs('drill')).not.toContain('gcc');
  });
});

describe('a part that cannot be built', () => {
  test.each([
    ['go ended with 1:\nreading https://proxy.example/x/@v/v1.zip: 403 Forbidden', /GOPROXY/],
    [
      'go ended with 1:\nGet "https://proxy.example": dial tcp: lookup proxy.example: no such host',
      /GOPROXY/,
    ],
    ['gcc could not be started: Error: spawn gcc ENOENT', /install gcc/],
    ['go ended with 1:\nwrite /x: no space left on device', /HEADROOM_CACHE_DIR/],
    ['python3 ended with 1:\nNo module named venv', /install Go/],
  ])('says what to do: %s', (message, advice) => {
    const error = cannotBuild('kubernetes', new ProgramFailed(message));
    expect(error).toBeInstanceOf(CannotRunError);
    expect((error as Error).message).toMatch(advice);
    expect((error as Error).message).toContain(message);
  });

  test('for a reason of its own keeps the compiler’s words', () => {
    const error = new ProgramFailed('go ended with 1:\n./main.go:1:1: syntax error');
    expect(cannotBuild('kubernetes', error)).toBe(error);
  });
});
