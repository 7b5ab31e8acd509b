import type { HealingModes } from '../domain/plan/healing-mode';
import type { MovableClock } from '../../packages/local-aws/src';
import type { PauseCommand } from './operators';
import type { DrillReport } from './report/drill-report';
import type { Scenario } from './scenario';
import type { Timeline } from './timeline';
import type { NodeImage } from './vm/node-image';

export interface GivenImage {
  /** qcow2 or raw. */
  readonly file: string;
  /** Absent: the image boots through its own boot loader. */
  readonly kernel?: NonNullable<NodeImage['kernel']>;
}

export interface DrillOptions {
  readonly scenario: Scenario;
  /** Whose synthesized artefacts heal. */
  readonly environmentName: string;
  /** In place of the environment's file. @default - the file, as it is */
  readonly environmentText?: string | undefined;
  readonly levels: DrillReport['levels'];
  /** How far healing may go in each node group. */
  readonly modesOf: (nodeGroup: string) => HealingModes;
  readonly pauseCommand: PauseCommand;
  /** Where `package.json` is. */
  readonly projectRoot: string;
  /** A cloud assembly that is there already. @default - one that `cdk synth` makes now, and that is removed afterwards */
  readonly assembly?: string;
  /** A ready disk image in place of the one that the drill builds. */
  readonly image?: GivenImage;
  /** A directory whose files are copied into the image. */
  readonly overlay?: string;
  /** The drill's time; the timeline should tell the same. */
  readonly clock: MovableClock;
  readonly timeline: Timeline;
  readonly signal: AbortSignal;
}
