import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { stringify } from 'yaml';
import { ConsoleError } from '../console-error';

const MARK = '# Written by `headroom tunnel`; it is overwritten and removed without asking.';

export interface KubeconfigInput {
  readonly environmentName: string;
  /** On 127.0.0.1, which the API server's certificate names. */
  readonly port: number;
  readonly user: string;
  /** PEM. */
  readonly authority: string;
  readonly certificate: string;
  readonly privateKey: string;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** A kubeconfig that needs nothing beside it: no hosts file, no other file, no plugin. */
export const kubeconfigText = (input: KubeconfigInput): string => {
  const name = `headroom-${input.environmentName}`;
  return `${MARK}\n${stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name,
          cluster: {
            server: `https://127.0.0.1:${input.port}`,
            'certificate-authority-data': base64(input.authority),
          },
        },
      ],
      users: [
        {
          name: input.user,
          user: {
            'client-certificate-data': base64(input.certificate),
            'client-key-data': base64(input.privateKey),
          },
        },
      ],
      contexts: [{ name, context: { cluster: name, user: input.user } }],
      'current-context': name,
    },
    { lineWidth: 0 },
  )}`;
};

/** @throws ConsoleError where another program's kubeconfig lies: its credentials would be lost */
export const mayWrite = (file: string): void => {
  if (existsSync(file) && !readFileSync(file, 'utf8').startsWith(MARK))
    throw new ConsoleError(
      `--kubeconfig ${file} exists, and \`headroom tunnel\` did not write it. Give another file, or remove that one.`,
    );
};

/** Whole or not at all, and readable by its owner alone from its first byte on. */
export const writeKubeconfig = (file: string, text: string): void => {
  mayWrite(file);
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const beside = `${file}.${process.pid}`;
    rmSync(beside, { force: true });
    writeFileSync(beside, text, { mode: 0o600, flag: 'wx' });
    renameSync(beside, file);
  } catch (error) {
    throw new ConsoleError(
      `--kubeconfig ${file} cannot be written: ${(error as Error).message}\nGive a file in a folder that you may write to.`,
    );
  }
};

export const removeKubeconfig = (file: string): void => rmSync(file, { force: true });
