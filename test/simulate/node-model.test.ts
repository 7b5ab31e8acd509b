import { readScriptResult } from '../../lib/domain/node/run-command-output';
import { NodeModel } from '../../lib/simulate/node-model';

const CREATED = new Date('2026-11-20T04:00:00Z');
const after = (hours: number): Date => new Date(CREATED.getTime() + hours * 3_600_000);
const GIB = 1024 ** 3;
const node = (more: object = {}): NodeModel =>
  new NodeModel({
    ...{ role: 'worker', fsType: 'ext4', diskGiB: 20, usedPercent: 50, reclaimablePercent: 10 },
    ...{ growthPercentPerHour: 2, createdAt: CREATED, ...more },
  });

test.each([
  ['AssessNode', 'assess-node'],
  ['ReclaimDisk', 'reclaim-disk'],
  ['ExtendRoot', 'extend-root'],
  ['RestartKubelet', 'restart-kubelet'],
  ['VerifyNode', 'verify-node'],
] as const)('what it answers to %s is read as the script prints it', (base, script) => {
  const parameters = { TargetPercent: ['75'], CeilingPercent: ['80'], MinDiskGiB: ['0'] };
  const output = JSON.stringify(node().answer(base, parameters, CREATED));
  expect(readScriptResult(output, script)).toMatchObject({ ok: true });
  expect(output.length).toBeLessThan(2000);
});

test('use grows with time, up to the size, and not when writing stops', () => {
  const model = node();
  expect(model.figures(after(5)).usedPercent).toBe(60);
  expect(model.figures(after(100))).toMatchObject({ usedPercent: 100, availableBytes: 0 });
  const stopped = node();
  stopped.stopGrowth(after(5));
  expect(stopped.figures(after(100)).usedPercent).toBe(60);
});

test('reclaim frees no more than there is, nor than is needed', () => {
  const model = node({ usedPercent: 90, growthPercentPerHour: 0 });
  const once = model.answer('ReclaimDisk', { TargetPercent: ['85'] }, CREATED);
  expect(once).toMatchObject({ bytesFreed: Math.round(GIB), targetReached: true });
  expect(model.answer('ReclaimDisk', { TargetPercent: ['50'] }, CREATED)).toMatchObject({
    bytesFreed: Math.round(GIB),
    targetReached: false,
  });
});

test('the filesystem grows by extending, never before the disk is there', () => {
  const model = node({ usedPercent: 100, growthPercentPerHour: 0 });
  expect(model.answer('ExtendRoot', { MinDiskGiB: ['30'] }, CREATED)).toMatchObject({
    ok: false,
    changed: false,
  });
  model.resize(30 * GIB);
  expect(model.figures(CREATED).usedPercent).toBe(100);
  expect(model.answer('ExtendRoot', { MinDiskGiB: ['30'] }, CREATED)).toMatchObject({
    ok: true,
    changed: true,
  });
  expect(model.figures(CREATED).usedPercent).toBe(66.7);
});

test('a full disk takes the kubelet down, and it comes back only when there is room', () => {
  const model = node({ usedPercent: 100, growthPercentPerHour: 0 });
  model.figures(CREATED);
  expect(model.kubeletHealthy).toBe(false);
  expect(model.answer('RestartKubelet', {}, CREATED)).toMatchObject({ ok: false, action: 'refused' });
  model.resize(30 * GIB);
  model.answer('ExtendRoot', { MinDiskGiB: ['30'] }, CREATED);
  expect(model.answer('RestartKubelet', {}, CREATED)).toMatchObject({ ok: true, action: 'restarted' });
});
