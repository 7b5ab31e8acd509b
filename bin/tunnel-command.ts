import { InvalidArgumentError, type Command } from 'commander';
import type { TunnelFlags } from './console/tunnel';
import type { RunCommand } from './outcome';

/** The SDK takes long to load, so it is loaded when it is needed; `import()` would need ES modules in the tests. */
const command = () => require('./console/tunnel') as typeof import('./console/tunnel');

const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    if (!/^\d{1,6}$/.test(text) || Number(text) < least || Number(text) > most)
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    return Number(text);
  };

export function addTunnelCommand(cli: Command, run: RunCommand): void {
  cli
    .command('tunnel')
    .description('Open the API on 127.0.0.1 by Session Manager and write a kubeconfig that works as it is.')
    .requiredOption('--env <name>', 'the environment')
    .option('--port <number>', 'of 127.0.0.1; 0: a free one', wholeNumber(0, 65_535), 0)
    .option('--kubeconfig <file>', 'where it goes, mode 0600 (default: ~/.kube/headroom-ENV.yaml)')
    .option('--keep', 'leave the kubeconfig when the tunnel ends; without, it is removed')
    .option('--hours <number>', 'how long the certificate is good', wholeNumber(1, 24), 8)
    .option(
      '--group <name>',
      "Kubernetes' group: kubeadm:cluster-admins or headroom:NAME",
      'kubeadm:cluster-admins',
    )
    .addHelpText(
      'after',
      '\nExit codes: 0 ended by Ctrl-C or with its certificate, 1 the session dropped and did not come back, 2 it could not\n' +
        'be opened. Needs session-manager-plugin. docs/console.md has rights and what is sent.',
    )
    .action((flags: TunnelFlags) => run(() => command().tunnel(flags)));
}
