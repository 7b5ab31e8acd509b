import { join } from 'node:path';
import { healingBounds } from '../../lib/config/healing-bounds';
import { metricNamespaces } from '../../lib/config/metric-namespaces';
import { controlPlaneCount, controlPlaneGroup, workerGroups } from '../../lib/config/node-groups';
import { isAttached, type Environment } from '../../lib/config/schema';
import { awsCaller } from '../../lib/console/account.client';
import { accountChecks, type AccountNeed } from '../../lib/console/doctor/account-checks';
import { awsDoctorClient } from '../../lib/console/doctor/doctor.client';
import { checksText, countsText } from '../../lib/console/doctor/doctor-text';
import { readAccount } from '../../lib/console/doctor/read-account';
import { groupOf, nodeTags } from '../../lib/console/node-finder';
import { REAL_PACE } from '../../lib/console/real-pace';
import { readStatus } from '../../lib/console/status/read-status';
import { awsStatusClient } from '../../lib/console/status/status.client';
import { pluginVersion } from '../../lib/console/tunnel/port-forward';
import { tried } from '../../lib/aws/tried';
import { hasFailed, type Check } from '../../lib/domain/doctor/check';
import { machineChecks } from '../../lib/drill/host/machine-checks';
import { readMachine } from '../../lib/drill/host/read-machine';
import { usdPerGiBMonth } from '../../lib/tables/gp3-price';
import { EXIT } from '../exit-codes';
import type { Outcome } from '../outcome';
import { loadTarget } from './world';

const PROJECT_ROOT = join(__dirname, '..', '..');

export interface DoctorFlags {
  readonly env?: string;
}

export async function doctor({ env }: DoctorFlags): Promise<Outcome> {
  const account = env === undefined ? undefined : await ofAccount(env);
  const machine = [...machineChecks(await readMachine(PROJECT_ROOT)), await plugin()];
  const all = [...machine, ...(account ?? [])];
  return {
    exitCode: hasFailed(all) ? EXIT.notAsExpected : EXIT.asExpected,
    result: { machine, account: account ?? null },
    text:
      checksText('This machine, for `npx headroom drill`', machine) +
      (account === undefined
        ? '\nAdd --env NAME to check the account of an environment.\n'
        : `\n${checksText(`The account of ${env}`, account)}`) +
      `\n${countsText(all)}\n`,
  };
}

const plugin = async (): Promise<Check> => {
  const found = await tried(pluginVersion());
  const about = { name: 'session-manager-plugin', why: '`npx headroom tunnel` needs it, and nothing else' };
  if (found.known) return { ...about, standing: 'ok', found: found.value, next: null };
  const [why = '', next = null] = found.why.replace(/^ConsoleError: /, '').split('\n');
  return { ...about, standing: 'warning', found: why, next: next?.replace(/^Get it: /, '') ?? null };
};

const ofAccount = async (env: string): Promise<readonly Check[]> => {
  const { target, environment } = loadTarget(env);
  const { region } = target;
  const need = needOf(environment);
  const nowMs = REAL_PACE.nowMs();
  const facts = await readAccount(target, [...new Set(need.groups.map((group) => group.instanceType))], {
    ...{ caller: () => awsCaller(region), client: awsDoctorClient(region), groupOf, nowMs },
    shellRegion: process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'],
    status: () =>
      readStatus(
        ...([target, nodeTags(env), metricNamespaces(env, environment)] as const),
        ...([() => healingBounds(env, environment, usdPerGiBMonth), awsStatusClient(region), nowMs] as const),
      ),
  });
  return accountChecks(facts, need, target);
};

const needOf = (environment: Environment): AccountNeed => {
  if (isAttached(environment)) return { groups: [] };
  const controlPlane = controlPlaneGroup(environment);
  return {
    groups: [{ ...controlPlane, max: controlPlaneCount(environment) }, ...workerGroups(environment)].map(
      ({ name, instanceType, max, rootVolume: { maxSizeGiB } }) => ({
        ...{ name, instanceType, maxSizeGiB },
        nodes: max,
      }),
    ),
  };
};
