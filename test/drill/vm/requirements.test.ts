import { packagesFor, requirementsFor } from '../../../lib/drill/host/requirements';

describe('what a host needs', () => {
  const programs = (need: Parameters<typeof requirementsFor>[0]): string[] =>
    requirementsFor(need).map(({ program }) => program);

  test('building an image is part of a drill, unless the image is given', () => {
    expect(programs({ purpose: 'drill' })).toEqual(
      expect.arrayContaining(['qemu-img', 'mmdebstrap', 'sfdisk']),
    );
    expect(programs({ purpose: 'drill', readyImage: true })).toEqual([
      'qemu-system-x86_64',
      'qemu-img',
      'setpriv',
      'python3',
    ]);
  });

  test('the linters are for tests only', () => {
    expect(programs({ purpose: 'test' })).toContain('shellcheck');
    expect(programs({ purpose: 'drill' })).not.toContain('shellcheck');
  });

  test('only missing packages are asked for, each once', () => {
    const need = requirementsFor({ purpose: 'test' });
    expect(packagesFor(need, () => true)).toEqual([]);
    expect(packagesFor(need, (program) => !['mount', 'losetup', 'shellcheck'].includes(program))).toEqual([
      'mount',
      'shellcheck',
    ]);
  });
});
