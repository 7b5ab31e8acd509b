import type { NodeRole } from '../../domain/names/naming';
import type { DrillNode } from '../drill-node';
import type { Clock } from './clock';
import type { EventSink, FaultRule } from './drill-event';
import type { AlarmDelivery } from './alarm-delivery';
import type { PowerCut } from './power-cuts';
import type { VolumeTiming } from './services/ec2-state';
import type { AutomationLimits } from './services/ssm-automation';
import type { Unwitnessed } from './unwitnessed';

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
