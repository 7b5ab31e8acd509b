import { CannotRunError } from './cannot-run';
import { ensureHostPrograms } from './host/install';
import type { DrillOptions } from './drill-options';
import { prepareNodeImage, readyImage } from './vm/image';
import { prepareNode } from './vm/prepare-node';
import { VirtualMachine } from './vm/virtual-machine';

/**
 * The scenario's node, running and well: programs installed where needed, image from the cache or built, machine started.
 * @throws CannotRunError where this host cannot
 */
export async function startNode({
  scenario,
  image,
  overlay,
  clock,
  timeline,
  signal,
}: DrillOptions): Promise<VirtualMachine> {
  const { role, rootFs, diskGiB, partitioned } = scenario.node;
  if (image !== undefined && overlay !== undefined) {
    throw new CannotRunError('--overlay changes the image that the drill builds; it cannot go with --image.');
  }
  await ensureHostPrograms({
    purpose: 'drill',
    readyImage: image !== undefined,
    log: (line) => timeline.add('host', line),
  });
  signal.throwIfAborted();
  const nodeImage =
    image === undefined
      ? await prepareNodeImage({
          rootFs,
          diskGiB,
          partitioned,
          ...(overlay === undefined ? {} : { overlayDirectory: overlay }),
          onProgress: ({ step, status, seconds }) => {
            if (status === 'started') timeline.setStatus(`building the image: ${step}`);
            timeline.add(
              'image',
              status === 'done' ? `${step} done in ${(seconds ?? 0).toFixed(0)} s` : `${step} …`,
            );
          },
        })
      : await readyImage(image.file, image.kernel);
  signal.throwIfAborted();
  timeline.setStatus('starting the virtual machine');
  const vm = await VirtualMachine.start({ image: nodeImage, now: () => clock.now() });
  try {
    await prepareNode(vm, role);
  } catch (error) {
    await vm.stop();
    throw error;
  }
  timeline.add('node', `a ${role} with ${diskGiB} GiB of ${rootFs} runs (${nodeImage.accelerator})`);
  return vm;
}
