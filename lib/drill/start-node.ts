import { CannotRunError } from './cannot-run';
import type { DrilledInstance } from './cloud/user-data';
import { ensureHostPrograms } from './host/install';
import type { DrillOptions } from './drill-options';
import { EXTEND_ROOT, growRoot } from './grow-root';
import { bringUpControlPlane, bringUpRecipe } from './lab/bring-up';
import { labIsBuilt } from './lab/programs';
import { realNode } from './lab/real-node';
import type { Timeline } from './timeline';
import { prepareNodeImage, readyImage, type ImageVariant } from './vm/image';
import type { NodeImage } from './vm/node-image';
import { preparationScript, prepareNode } from './vm/prepare-node';
import { preparedImage } from './vm/snapshot';
import { VirtualMachine } from './vm/virtual-machine';

/** User data may install packages. */
const USER_DATA_SECONDS = 900;

/**
 * What the scenario's node starts from: programs installed where needed, image given, from the cache, or built.
 * @throws CannotRunError where this host cannot
 */
export async function nodeImage({
  scenario,
  image,
  overlay,
  timeline,
  signal,
}: DrillOptions): Promise<NodeImage> {
  const { rootFs, diskGiB, layout, kubernetes } = scenario.node;
  if (image !== undefined && kubernetes === 'real') {
    throw new CannotRunError('The real node is an image that the drill builds; it cannot go with --image.');
  }
  if (image !== undefined && overlay !== undefined) {
    throw new CannotRunError('--overlay changes the image that the drill builds; it cannot go with --image.');
  }
  await ensureHostPrograms({
    purpose: 'drill',
    readyImage: image !== undefined,
    log: (line) => timeline.add('host', line),
  });
  signal.throwIfAborted();
  if (image !== undefined) return readyImage(image.file, image.kernel);
  return prepareNodeImage({
    ...{ rootFs, diskGiB, layout },
    ...(kubernetes === 'real' ? { variant: await builtRealNode() } : {}),
    ...(overlay === undefined ? {} : { overlayDirectory: overlay }),
    onProgress: ({ step, status, seconds }) => {
      if (status === 'started') timeline.setStatus(`building the image: ${step}`);
      timeline.add(
        'image',
        status === 'done' ? `${step} done in ${(seconds ?? 0).toFixed(0)} s` : `${step} …`,
      );
    },
  });
}

/** It takes a quarter of an hour, so it is built when that is asked for. */
function builtRealNode(): Promise<ImageVariant> {
  if (!labIsBuilt()) {
    throw new CannotRunError(
      'Real Kubernetes is not built yet. Build it once, which takes about a quarter of an hour on two processors:\n  npm run setup:lab',
    );
  }
  return realNode();
}

/**
 * The scenario's node, running and well, with its user data applied: loaded from a snapshot of a node that is the same
 * up to here, which the first such drill makes. A given image has none.
 */
export async function startNode(
  options: DrillOptions,
  image: NodeImage,
  instance: DrilledInstance,
): Promise<VirtualMachine> {
  const { scenario, clock, timeline, signal } = options;
  const { role, rootFs, diskGiB, grownToGiB, kubernetes } = scenario.node;
  const { userData } = instance;
  const isReal = kubernetes === 'real';
  const prepare = async (vm: VirtualMachine): Promise<void> => {
    if (!isReal) await prepareNode(vm, role);
    if (grownToGiB !== undefined) await growRoot(vm, grownToGiB, timeline);
    await applyUserData(vm, userData, timeline);
    if (isReal) await bringUpControlPlane(vm, instance, timeline);
  };
  signal.throwIfAborted();
  timeline.setStatus('starting the virtual machine');
  const recipe = [
    preparationScript(role),
    grownToGiB,
    EXTEND_ROOT,
    DO_NOT_WAIT_FOR_READY,
    USER_DATA_FILE,
    userData,
    ...(isReal ? bringUpRecipe(instance) : []),
  ];
  const isGiven = options.image !== undefined;
  const started = isGiven ? image : await preparedImage(image, { kind: role, recipe, run: prepare });
  signal.throwIfAborted();
  const vm = await VirtualMachine.start({ image: started, now: () => clock.now() });
  try {
    if (isGiven) await prepare(vm);
  } catch (error) {
    await vm.stop();
    throw error;
  }
  timeline.add(
    'node',
    `a ${role} with ${grownToGiB ?? diskGiB} GiB of ${rootFs} runs (${image.accelerator}), its user data applied`,
  );
  return vm;
}

const USER_DATA_FILE = '/run/headroom-user-data.sh';

/**
 * The bootstrap does not wait for a Node to be Ready: the stand-in API server has no Node object. The last file that sets a
 * variable counts (systemd.exec(5), EnvironmentFile=).
 */
const DO_NOT_WAIT_FOR_READY = `unit=/run/systemd/system/headroom-bootstrap.service.d
mkdir -p "$unit" && echo 'HEADROOM_READY_SECONDS="0"' > /run/headroom-drill-settings &&
  printf '%s\\n' '[Service]' 'EnvironmentFile=/run/headroom-drill-settings' > "$unit/drill.conf"`;

/** The node runs the very user data that its launch template holds. */
async function applyUserData(vm: VirtualMachine, userData: string, timeline: Timeline): Promise<void> {
  timeline.setStatus('the synthesized user data runs in the VM');
  const prepare = `${DO_NOT_WAIT_FOR_READY} && cat > ${USER_DATA_FILE}`;
  const written = await vm.exec('sh', ['-c', prepare], { stdin: userData });
  const ran =
    written.exitCode === 0
      ? await vm.exec('bash', [USER_DATA_FILE], { timeoutSeconds: USER_DATA_SECONDS })
      : written;
  if (ran.exitCode !== 0) {
    throw new CannotRunError(
      `The user data failed in the VM (exit ${ran.exitCode}):\n${ran.stdout}\n${ran.stderr}`,
    );
  }
  timeline.add('node', 'user data ran');
}
