import { causeIn } from '../../../lib/domain/node/cause-line';

const KLOG =
  'E1129 03:14:57.688607    9096 status_manager.go:203] "Could not initialize pod allocation checkpoint manager, ' +
  'please drain node and remove policy state file" err="could not restore state from checkpoint: unexpected end of ' +
  'JSON input, please drain this node and delete pod allocation checkpoint file ' +
  '\\"/var/lib/kubelet/pod_status_manager_state\\" before restarting Kubelet"';

test('returns a short text whole, on one line', () => {
  expect(causeIn('  first\nsecond\n', 20)).toBe('first second');
});

test('returns the exception of a Python script without its traceback', () => {
  const said = [
    'Step fails when it is running the script. Failure: python3 ended with 1: Traceback (most recent call last):',
    '  File "<string>", line 6, in <module>',
    '  File "script.py", line 10, in grown',
    'Exception: the modification of vol-0a1b is failed: an internal error',
  ].join('\n');
  expect(causeIn(said, 300)).toBe(
    'Step fails when it is running the script. Failure: python3 ended with 1: ' +
      'Exception: the modification of vol-0a1b is failed: an internal error',
  );
});

test('finds the cause at the end of a klog line', () => {
  const cause = causeIn(KLOG, 300);
  expect(cause.length).toBeLessThanOrEqual(300);
  expect(cause).toContain('err="could not restore state from checkpoint');
  expect(cause).toContain('/var/lib/kubelet/pod_status_manager_state');
});

test('finds the cause before growpart’s clean-up', () => {
  const said = [
    'attempt to resize /dev/vda failed. sfdisk output below:',
    `| ${'Disk /dev/vda: 10 GiB '.repeat(20)}`,
    '***** WARNING: Resize failed, attempting to revert ******',
    '***** Restore appears to have gone OK ****',
  ].join('\n');
  expect(causeIn(said, 120)).toBe('***** WARNING: Resize failed, attempting to revert ******');
});

test.each([
  'write /var/lib/x: no space left on device',
  'mkdir: Read-only file system',
  'read error: Input/output error',
])('prefers the most specific cause, wherever it stands: %s', (cause) => {
  const noise = Array.from({ length: 40 }, (_, index) => `error: attempt ${index} failed`);
  expect(causeIn([...noise.slice(0, 20), cause, ...noise.slice(20)].join('\n'), 200)).toBe(cause);
});

test('returns the beginning if it finds no cause', () => {
  expect(causeIn('word '.repeat(100), 50)).toMatch(/^word word .* …$/);
  expect(causeIn('word '.repeat(100), 50).length).toBeLessThanOrEqual(50);
});
