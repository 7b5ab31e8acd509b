import type { HealReport } from '../../lib/domain/heal-report';
import { gibReclaimed } from '../../lib/domain/heal-report';
import {
  messageSubject,
  messageText,
  opsItemDedupString,
  opsItemDescription,
  opsItemTitle,
} from '../../lib/domain/heal-message';
import { METRIC_NAMESPACE } from '../../lib/domain/naming';
import type { Metric, RecordClient } from './record.client';

/** What a report is told to, in this order. */
export const DELIVERIES = ['metrics', 'ops-item', 'message'] as const;
export type Delivery = (typeof DELIVERIES)[number];

export interface DeliveryContext {
  readonly client: RecordClient;
  readonly report: HealReport;
  readonly topicArn: string;
  readonly reportUrl: string;
  readonly resourceArn: string | undefined;
}

/** @throws what the SDK throws */
export const deliver = async (
  what: Delivery,
  { client, report, topicArn, reportUrl, resourceArn }: DeliveryContext,
): Promise<void> => {
  switch (what) {
    case 'metrics':
      return client.putMetrics(
        METRIC_NAMESPACE,
        { Environment: report.environment },
        new Date(report.endedAt),
        metricsOf(report),
      );
    case 'ops-item':
      if (report.verdict !== 'escalated') return;
      await client.createOpsItem({
        title: opsItemTitle(report),
        description: opsItemDescription(report, reportUrl),
        dedupString: opsItemDedupString(report),
        severity: report.role === 'control-plane' ? '1' : '2',
        resourceArn,
      });
      return;
    case 'message':
      return client.publish(topicArn, messageSubject(report), messageText(report, reportUrl), {
        // Lets a subscriber be woken for `escalated` only.
        verdict: report.verdict,
        environment: report.environment,
      });
  }
};

/** Zeros are sent too, so that a graph tells "none failed" from "no data". */
const metricsOf = (report: HealReport): readonly Metric[] => {
  const escalated = report.verdict === 'escalated';
  const seconds: readonly Metric[] = escalated
    ? []
    : [{ name: 'SecondsToHeal', unit: 'Seconds', value: report.seconds }];
  return [
    { name: 'Heals', unit: 'Count', value: escalated ? 0 : 1 },
    { name: 'Escalations', unit: 'Count', value: escalated ? 1 : 0 },
    ...seconds,
    { name: 'GiBReclaimed', unit: 'Gigabytes', value: gibReclaimed(report) },
    { name: 'GiBGrown', unit: 'Gigabytes', value: report.gibGrown },
  ];
};
