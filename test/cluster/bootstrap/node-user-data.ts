import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LIB = join(__dirname, '..', '..', '..', 'lib');
export const NODE_FILES = join(LIB, 'cluster', 'node');

const NODE = 'nodeRegistration:\n  name: @@NODE_NAME@@\n';
const KUBEADM = {
  'kubeadm-init.yaml': `${NODE}  nodeIp: @@NODE_IP@@\n  providerId: @@PROVIDER_ID@@\n`,
  'kubeadm-join-control-plane.yaml': `token: @@TOKEN@@\nhash: @@CA_CERT_HASH@@\ncontrolPlane:\n  certificateKey: @@CERTIFICATE_KEY@@\n${NODE}`,
  'kubeadm-join-worker.yaml': `token: @@TOKEN@@\nhash: @@CA_CERT_HASH@@\n${NODE}`,
};

/** User data as the construct makes it: settings, then a bundle of every file that bootstrap.sh needs. */
export const nodeUserData = (settings: Readonly<Record<string, string>>): string => {
  const folder = mkdtempSync(join(tmpdir(), 'headroom-bundle-'));
  try {
    for (const name of readdirSync(NODE_FILES)) copyFileSync(join(NODE_FILES, name), join(folder, name));
    for (const name of ['guard.sh', 'boot-extend.sh'])
      copyFileSync(join(LIB, 'heal', 'scripts', name), join(folder, name));
    for (const name of readdirSync(join(LIB, 'heal', 'node-files')))
      copyFileSync(join(LIB, 'heal', 'node-files', name), join(folder, name));
    for (const [name, text] of Object.entries(KUBEADM)) writeFileSync(join(folder, name), text);
    const bundle = execFileSync('tar', ['--create', '--gzip', '--directory', folder, '.']).toString('base64');
    const assignments = Object.entries(settings).map(([name, value]) => `export ${name}='${value}'`);
    return `#!/usr/bin/env bash
${assignments.join('\n')}
folder=/usr/local/lib/headroom/bootstrap
mkdir --parents "$folder"
base64 --decode <<'BUNDLE' | tar --extract --gzip --directory "$folder"
${bundle}
BUNDLE
bash "$folder/bootstrap.sh"
`;
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** The settings at the top of a node's user data. */
export const settingsOf = (userData: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...userData.matchAll(/^(?:export )?(HEADROOM_[A-Z_]+)=['"]?(.*?)['"]?$/gm)].map(([, name, value]) => [
      name!,
      value!,
    ]),
  );

export const readNodeFile = (name: string): string => readFileSync(join(NODE_FILES, name), 'utf8');
