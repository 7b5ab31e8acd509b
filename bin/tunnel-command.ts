import { InvalidArgumentError, type Command } from 'commander';
import type { TunnelFlags } from './console/tunnel';
import type { RunCommand } from './outcome';

/** The SDK takes long to load, so it is loaded when it is needed; `import()` would need ES modules in the tests. */
const command = () => require('./console/tunnel') as typeof import('./console/tunnel');

const wholeNumber =
  (minimum: number, maximum: number) =>
  (text: string): number => {
    if (!/^\d{1,6}$/.test(text) || Number(text) < minimum || Number(text) > maximum)
      throw new InvalidArgumentError(`It must be a whole number from ${minimum} to ${maximum}.`);
    return Number(text);
  };

export function addTunnelCommand(cli: Command, run: RunCommand): void {
  cli
    .command('tunnel')
    .description(
      'Open the Kubernetes API on 127.0.0.1 through Session Manager and write a kubeconfig for it.',
    )
    .requiredOption('--env <name>', 'the environment')
    .option('--port <number>', 'the port on 127.0.0.1; 0: any free one', wholeNumber(0, 65_535), 0)
    .option(
      '--kubeconfig <file>',
      'where to write the kubeconfig, mode 0600 (default: ~/.kube/headroom-ENV.yaml)',
    )
    .option('--keep', 'keep the kubeconfig when the tunnel ends (default: remove it)')
    .option('--hours <number>', 'how long the certificate is valid', wholeNumber(1, 24), 8)
    .option(
      '--group <name>',
      'the Kubernetes group of the user: kubeadm:cluster-admins or headroom:NAME',
      'kubeadm:cluster-admins',
    )
    .addHelpText(
      'after',
      '\nExit codes: 0 ended by Ctrl-C or when its certificate expired, 1 the session dropped and could not be\n' +
        'reopened, 2 it could not be opened. Needs session-manager-plugin. Rights, and what is sent: docs/console.md.',
    )
    .action((flags: TunnelFlags) => run(() => command().tunnel(flags)));
}
