import { Command } from 'commander';
import { addAuditCommand } from './audit-command';
import { realParts } from './audit/real-parts';
import { addCompletionCommand } from './completion-command';
import { addDoctorCommand } from './doctor-command';
import { addDrillCommand } from './drill-command';
import type { RunCommand } from './outcome';
import { addPauseCommands } from './pause-command';
import { addRunCommand } from './run-command';
import { addSimulateCommand } from './simulate-command';
import { addStatusCommand } from './status-command';
import { addTunnelCommand } from './tunnel-command';
import { addUserDataCommand } from './user-data-command';

export const headroom = (): Command =>
  new Command('headroom')
    .description('Kubernetes nodes on EC2 that never run out of disk.')
    .showHelpAfterError('(--help shows what there is)');

/** Every command of `headroom`. */
export function addCommands(cli: Command, run: RunCommand): void {
  addDrillCommand(cli, run);
  addSimulateCommand(cli, run);
  addAuditCommand(cli, run, realParts);
  addUserDataCommand(cli, run);
  addRunCommand(cli, run);
  addStatusCommand(cli, run);
  addPauseCommands(cli, run);
  addTunnelCommand(cli, run);
  addDoctorCommand(cli, run);
  addCompletionCommand(cli, run);
}
