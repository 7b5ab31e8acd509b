import { Stack, type StackProps } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sns from 'aws-cdk-lib/aws-sns';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { DEFAULT_ASK_MINUTES } from '../../config/healing-schema';
import { takesSnapshots } from '../../config/healing-bounds';
import { namespaceLayout } from '../../config/metric-namespaces';
import { nodeGroups } from '../../config/node-groups';
import type { Environment } from '../../config/schema';
import { HEALING_DOCUMENTS, HEAL_DOCUMENTS, evidenceParameterName } from '../../domain/names/naming';
import { reclaimParameters } from '../../domain/plan/reclaim-policy';
import { SNAPSHOT_STEPS } from '../../domain/plan/snapshot-first';
import { documentPlaceholders } from '../../runbooks/document-source';
import { AlarmRules } from './alarm-rules';
import { AutomationRole } from './automation-role';
import { Chat } from './chat';
import { DeclaredSizes } from './declared-sizes';
import { DISPATCH_TIMEOUT, Dispatch } from './dispatch';
import { Documents } from '../../constructs/documents';
import { A_YEAR_AND_A_MONTH, KeptBucket } from '../../constructs/kept-bucket';
import { FailureAlarms } from './failure-alarms';
import { NotificationTopic } from './notification-topic';
import { Pauses } from './pauses';
import { Plan } from './plan';
import { Prepare } from './prepare';
import { Queues } from './queues';
import { Record } from './record';
import { Sweep } from './sweep';
import { Webhook } from './webhook';

export interface HealStackProps extends StackProps {
  readonly environmentName: string;
  readonly environment: Environment;
}

/** From an alarm to a healed node, or to a person. */
export class HealStack extends Stack {
  readonly topic: sns.ITopic;
  /** The function that also guards the quorum. */
  readonly planFunctionArn: string;

  constructor(scope: Construct, id: string, props: HealStackProps) {
    super(scope, id, props);
    const { environmentName, environment } = props;
    const { topic } = new NotificationTopic(this, 'People', {
      environmentName,
      emails: environment.notifications.emails,
    });
    this.topic = topic;
    const { chat: channels, webhook: settings } = environment.notifications;
    const chatTopic = channels && new Chat(this, 'Chat', { environmentName, channels }).topic;
    const webhookBus =
      settings &&
      new Webhook(this, 'Webhook', { environmentName, settings, notifyOperators: new SnsAction(topic) }).bus;
    // The class declares optional properties that exactOptionalPropertyTypes distinguishes from the interface's.
    // Outlives the stack: reports are needed afterwards.
    const evidence = new KeptBucket(this, 'Evidence', { keep: A_YEAR_AND_A_MONTH }) as s3.IBucket;
    new ssm.StringParameter(this, 'EvidencePlace', {
      parameterName: evidenceParameterName(environmentName),
      stringValue: evidence.bucketName,
      description: `Headroom ${environmentName}: the bucket of reports and of the month's growth; read by headroom status`,
    });
    const queues = new Queues(this, 'Queues', {
      environmentName,
      handlerTimeout: DISPATCH_TIMEOUT,
      notifyOperators: new SnsAction(topic),
    });
    new AlarmRules(this, 'AlarmRules', { environmentName, groups: nodeGroups(environment), queues });

    new Pauses(this, 'Pauses', { environmentName });
    const { approvers, askMinutes = DEFAULT_ASK_MINUTES } = environment.healing ?? {};
    const askSeconds = askMinutes * 60;
    const plan = new Plan(this, 'Plan', { environmentName, environment, evidence });
    const record = new Record(this, 'Record', {
      ...{ environmentName, evidence, topic, chatTopic, webhookBus, queues },
      levels: environment.diskLevels,
      namespaceLayout: namespaceLayout(environment),
      askSeconds,
    });
    const planFunctionArn = plan.function.functionArn;
    this.planFunctionArn = planFunctionArn;
    const recordFunctionArn = record.function.functionArn;
    const automationRoleArn = new AutomationRole(this, 'AutomationRole', {
      environmentName,
      functionArns: [planFunctionArn, recordFunctionArn],
      takesSnapshots: takesSnapshots(environment),
    }).roleArn;
    const { targetPercent, warningPercent } = environment.diskLevels;
    const documents = new Documents(this, 'Documents', {
      environmentName,
      names: HEAL_DOCUMENTS,
      withoutSteps: takesSnapshots(environment) ? [] : SNAPSHOT_STEPS,
      placeholders: {
        AutomationRoleArn: automationRoleArn,
        EnvironmentName: environmentName,
        PlanFunctionArn: planFunctionArn,
        RecordFunctionArn: recordFunctionArn,
        TargetPercent: String(targetPercent),
        WarningPercent: String(warningPercent),
        ...reclaimParameters(environment.reclaim),
        // The steps exist even if nothing is asked, and are then never reached.
        Approvers: approvers ?? [`arn:${this.partition}:iam::${this.account}:root`],
        AskSeconds: askSeconds,
        ...documentPlaceholders(environmentName, HEALING_DOCUMENTS),
      },
    });
    new Prepare(this, 'Prepare', { environmentName, environment, documents });
    const dispatch = new Dispatch(this, 'Dispatch', {
      ...{ environmentName, environment, queues, automationRoleArn },
    });
    const sweep = new Sweep(this, 'Sweep', { environmentName, environment, queues });
    const sizes = new DeclaredSizes(this, 'DeclaredSizes', { environmentName, environment, queues });
    // What it queues must be decided by what this deploy declares.
    sizes.resource.node.addDependency(plan, record, sweep, dispatch, documents);
    new FailureAlarms(this, 'FailureAlarms', {
      environmentName,
      functions: { dispatch, plan, record, sizes, sweep },
      notifyOperators: new SnsAction(topic),
    });
  }
}
