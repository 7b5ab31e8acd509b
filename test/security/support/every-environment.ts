import { ENVIRONMENTS, assemblyOf, type Resource } from '../../app/synthesized';
import { EXAMPLES, exampleEnvironment } from '../../stacks/attach/example-environments';
import type { Environment } from '../../../lib/config/schema';

export const CHAT = {
  slack: { workspaceId: 'T0123ABCD', channelId: 'C0123ABCD' },
  teams: {
    tenantId: '01234567-89ab-cdef-0123-456789abcdef',
    teamId: '11234567-89ab-cdef-0123-456789abcdef',
    channelId: '19%3ab6ef35dc342d56ba5654e6fc6d25a071%40thread.tacv2',
  },
};

export const WEBHOOK = {
  url: 'https://hooks.example.com/headroom',
  apiKey: {
    header: 'X-Api-Key',
    secretArn: 'arn:aws:secretsmanager:REGION:ACCOUNT:secret:headroom/webhook-a1B2c3',
  },
};
/** The webhook of an environment, with a secret of its own. */
export const webhookOf = ({ account, region }: Pick<Environment, 'account' | 'region'>): typeof WEBHOOK => ({
  url: WEBHOOK.url,
  apiKey: {
    ...WEBHOOK.apiKey,
    secretArn: WEBHOOK.apiKey.secretArn.replace('REGION', region).replace('ACCOUNT', account),
  },
});

/** What the docs say that an environment may have too: of the kubeadm example docs/attach.md, of every one docs/chat.md. */
const withExtras = (name: string): Environment => {
  const environment = exampleEnvironment(name);
  environment.protect.etcdSnapshots = { everyHours: 6, retentionDays: 14 };
  environment.cluster.existing.metricNamespaces = 'separate';
  environment.cluster.existing.controlPlane!.nodeRoleNames = ['lab-control-plane'];
  environment.notifications.chat = CHAT;
  environment.healing = { ...environment.healing, snapshotBeforeFirstGrowth: true };
  environment.notifications.webhook = webhookOf(environment);
  return environment;
};

/** The shipped environments, and the attached ones of docs/attach.md. */
export const EVERY_ENVIRONMENT: readonly { readonly name: string; readonly environment: Environment }[] = [
  ...ENVIRONMENTS,
  ...EXAMPLES.map((name) => ({ name, environment: exampleEnvironment(name) })),
  { name: 'kubeadm-more', environment: withExtras('kubeadm') },
];

/** The templates of them all. */
export const everyTemplate = (): readonly string[] =>
  EVERY_ENVIRONMENT.flatMap(({ name, environment }) =>
    assemblyOf(name, environment).stacks.map(({ templateFullPath }) => templateFullPath),
  );

/** A resource, and the stack that has it. */
export interface Placed extends Resource {
  readonly stack: string;
  readonly logicalId: string;
}

const cache = new Map<string, readonly Placed[]>();

/** All resources of an environment, read once per test file. */
export const resourcesOf = (name: string): readonly Placed[] => {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const { environment } = EVERY_ENVIRONMENT.find((each) => each.name === name)!;
  const placed = assemblyOf(name, environment).stacks.flatMap(({ stackName, template }) =>
    Object.entries((template as { Resources: Record<string, Resource> }).Resources).map(
      ([logicalId, resource]) => ({ stack: stackName, logicalId, ...resource }),
    ),
  );
  cache.set(name, placed);
  return placed;
};
