import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { minimumContainerd } from '../../domain/node/container-runtime';
import { keyAlias } from '../../domain/names/naming';
import type { ProvisionedNodeGroup } from '../../config/node-groups';
import { NO_CNI } from '../../config/rules';
import type { ProvisionedEnvironment } from '../../config/schema';
import { packed, unpackingScript, z85, type NodeFile } from './bootstrap/archive';
import { nodeFiles } from './bootstrap/node-files';

/** EC2's limit for user data, before base64. Bytes. Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html */
export const USER_DATA_LIMIT_BYTES = 16_384;

/** How long a node that has joined may take until its pod network is up: two images to pull, mostly. */
const READY_SECONDS = 600;

/** What is known only in the account, or only to the CDK: the values may be tokens. */
export interface DeployedSettings {
  /** DNS name of the load balancer, without a port. */
  readonly apiEndpoint: string;
  /** Presigned, of the stack that waits. */
  readonly signalUrl: string;
  /** Path in Parameter Store, without a slash at its end. */
  readonly joinParameters: string;
  /** `https://…`, `s3://BUCKET/KEY`, or empty: none is applied. */
  readonly cniManifest: string;
  readonly metricsServerManifest: string;
}

export interface UserDataProps {
  readonly environmentName: string;
  readonly environment: ProvisionedEnvironment;
  readonly group: ProvisionedNodeGroup;
  readonly deployed: DeployedSettings;
}

/** User data, and what it is made of. */
export interface UserData {
  /** What EC2 gets. */
  readonly text: string;
  /** The same, with the packed files left out. */
  readonly header: string;
  /** The packed files. */
  readonly files: readonly NodeFile[];
}

/**
 * Bytes that are kept free for what replaces a token: a load balancer's name has at most 32 characters, and the presigned
 * URL of a wait condition about 700.
 */
const RESERVED_BYTES: Readonly<Record<string, number>> = {
  HEADROOM_API_ENDPOINT: 96,
  HEADROOM_SIGNAL_URL: 1_024,
  HEADROOM_JOIN_PARAMETERS: 80,
  HEADROOM_CNI_MANIFEST: 144,
  HEADROOM_METRICS_SERVER_MANIFEST: 144,
};

const TOKEN = /\$\{Token\[[^\]]*\]\}/;
const LINE = /.{500}(?=.)/g;

const settingsOf = ({
  environmentName,
  environment,
  group,
  deployed,
}: UserDataProps): Record<string, string> => ({
  HEADROOM_ENVIRONMENT: environmentName,
  HEADROOM_REGION: environment.region,
  HEADROOM_ROLE: group.role,
  HEADROOM_NODE_GROUP: group.name,
  HEADROOM_KUBERNETES_VERSION: environment.kubernetesVersion,
  HEADROOM_API_ENDPOINT: deployed.apiEndpoint,
  HEADROOM_SIGNAL_URL: deployed.signalUrl,
  ...(group.role === 'control-plane' && {
    HEADROOM_CNI_MANIFEST: deployed.cniManifest,
    HEADROOM_METRICS_SERVER_MANIFEST: deployed.metricsServerManifest,
  }),
  HEADROOM_CONTAINERD_AT_LEAST: minimumContainerd(environment.kubernetesVersion),
  HEADROOM_READY_SECONDS: String(environment.cluster.cniManifest === NO_CNI ? 0 : READY_SECONDS),
  HEADROOM_JOIN_PARAMETERS: deployed.joinParameters,
  HEADROOM_KMS_KEY_ID: keyAlias(environmentName),
});

const settingsText = (settings: Readonly<Record<string, string>>): string =>
  Object.entries(settings)
    .map(([name, value]) => {
      if (/['\n]/.test(value)) throw new Error(`${name} must have no quote and no line break, got ${value}`);
      return `${name}='${value}'`;
    })
    .join('\n');

/** The value as long as it may become: a token's own text says nothing of what will stand in its place. */
const atItsLongest = ([name, value]: readonly [string, string]): [string, string] => [
  name,
  TOKEN.test(value) ? 'x'.repeat(RESERVED_BYTES[name] ?? 0) : value,
];

/** How much each file adds, roughly: packed alone. */
const sizesByPart = (header: number, files: readonly NodeFile[]): string =>
  [
    `header ${header}`,
    ...files
      .map((file) => ({ name: file.name, bytes: z85(packed(unpackingScript([file]))).length }))
      .sort((a, b) => b.bytes - a.bytes)
      .map(({ name, bytes }) => `${name} ${bytes}`),
  ].join(', ');

/**
 * The first-boot script of a node: readable settings, then its files, packed.
 * One text for both operating systems: the scripts ask the node what it is.
 *
 * @throws when the text, its tokens as long as they may become, is over {@link USER_DATA_LIMIT_BYTES}
 */
export const nodeUserData = (props: UserDataProps): UserData => {
  const { environmentName, environment, group } = props;
  const files = nodeFiles(group.role, {
    environmentName,
    kubernetesVersion: environment.kubernetesVersion,
    nodeGroup: group.name,
    instanceType: group.instanceType,
    podCidr: environment.cluster.podCidr,
    serviceCidr: environment.cluster.serviceCidr,
    diskLevels: environment.diskLevels,
  });
  const settings = settingsOf(props);
  const template = readFileSync(join(__dirname, 'bootstrap', 'user-data.sh'), 'utf8');
  const textOf = (values: Readonly<Record<string, string>>, packed: string): string =>
    template.replace('@@SETTINGS@@', () => settingsText(values)).replace('@@FILES@@', () => packed);

  const lines = z85(packed(unpackingScript(files))).replaceAll(LINE, '$&\n');
  const longest = Object.fromEntries(Object.entries(settings).map(atItsLongest));
  const bytes = Buffer.byteLength(textOf(longest, lines));
  if (bytes > USER_DATA_LIMIT_BYTES)
    throw new Error(
      `User data of ${group.name} in ${environmentName} must have at most ${USER_DATA_LIMIT_BYTES} bytes, got ${bytes}; ` +
        `each part packed alone: ${sizesByPart(Buffer.byteLength(textOf(longest, '')), files)}. Shorten a script in lib/node/bootstrap.`,
    );
  const header = textOf(settings, `(${files.length} files, ${lines.length} bytes packed)`);
  return { text: textOf(settings, lines), header, files };
};
