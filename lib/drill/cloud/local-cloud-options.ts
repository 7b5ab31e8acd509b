import type { NodeRole } from '../../domain/names/naming';
import type { DrillNode } from '../drill-node';
import type {
  AlarmDelivery,
  AutomationLimits,
  Clock,
  EventSink,
  FaultRule,
  Unwitnessed,
  VolumeTiming,
} from '../../../packages/local-aws/src';
import type { PowerCut } from './power-cuts';

export interface LocalCloudOptions {
  /** What `cdk synth` wrote, e.g. `cdk.out`. */
  readonly assemblyDirectory: string;
  readonly environmentName: string;
  /** The machine that stands for the drilled node. */
  readonly node: DrillNode;
  readonly role: NodeRole;
  readonly clock: Clock;
  /** What the environment declares for the root volume of the drilled node's group, GiB. @default - what the machine has */
  readonly declaredSizeGiB?: number | undefined;
  readonly faults?: readonly FaultRule[];
  readonly onEvent?: EventSink;
  readonly volumeTiming?: Partial<VolumeTiming>;
  readonly automationLimits?: Partial<AutomationLimits>;
  /** @default - the first of each */
  readonly unwitnessed?: Partial<Unwitnessed> | undefined;
  /** How alarm events come through. @default - each one, once */
  readonly alarmDelivery?: AlarmDelivery;
  /** When the drilled machine loses its power. @default - never */
  readonly powerCuts?: readonly PowerCut[];
}
