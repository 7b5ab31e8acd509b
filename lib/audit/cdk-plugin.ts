import {
  App,
  type IPolicyValidationContext,
  type IPolicyValidationPlugin,
  type PolicyValidationPluginReport,
  type PolicyViolatingResource,
  type PolicyViolation,
} from 'aws-cdk-lib';
import { audit, type AuditPieces } from './audit';
import type { Facts, Suppression, Unreadable } from './facts';
import { readFacts } from './read/read-facts';
import type { ReportedFinding } from './report-model';
import type { Severity } from './rule';

/** Context that leaves the audit out of a synthesis: `-c audit=off`. */
export const AUDIT_CONTEXT = 'audit';

/** The CDK's words. Only `error` fails a synthesis. */
const SEVERITY: Record<Severity, string> = { error: 'error', warning: 'warning', note: 'info' };

export interface HeadroomAuditProps {
  readonly pieces: AuditPieces;
  /** Suppressions of files, besides those in the templates' metadata. @default - none */
  readonly suppressionsFor?: (facts: Facts) => readonly Suppression[];
  /** Milliseconds since the epoch, for expiries. @default - Date.now */
  readonly nowMs?: () => number;
}

const isOff = (app: App): boolean => {
  const value: unknown = app.node.tryGetContext(AUDIT_CONTEXT);
  if (value === undefined || value === 'on' || value === 'off') return value === 'off';
  throw new Error(
    `Context "${AUDIT_CONTEXT}" must be on or off, found ${JSON.stringify(value)}. Leave it out, or give -c ${AUDIT_CONTEXT}=off.`,
  );
};

/**
 * The audit while an app synthesizes: a finding of severity error fails it, others are printed. Register it on the App,
 * `Validations.of(app).addPlugins(new HeadroomAudit(…))`, since it judges the cloud assembly as a whole.
 */
export class HeadroomAudit implements IPolicyValidationPlugin {
  readonly name = 'Headroom audit';
  readonly ruleIds: string[];

  constructor(private readonly props: HeadroomAuditProps) {
    this.ruleIds = props.pieces.rules.map(({ id }) => id);
  }

  validate(context: IPolicyValidationContext): PolicyValidationPluginReport {
    try {
      return this.judge(context);
    } catch (error) {
      // Thrown on, it would be a report without violations, which the CDK's command takes for a success.
      return { success: false, violations: [couldNotRun(error)] };
    }
  }

  private judge({ appConstruct }: IPolicyValidationContext): PolicyValidationPluginReport {
    if (!App.isApp(appConstruct))
      throw new Error('The audit judges a whole app: register it by Validations.of(app).addPlugins(…).');
    if (isOff(appConstruct)) return { success: true, violations: [] };
    const head = readFacts(appConstruct.outdir);
    const { pieces, suppressionsFor, nowMs = Date.now } = this.props;
    const { findings, failed, unreadable, cannotTell } = audit(
      {
        head,
        suppressions: suppressionsFor?.(head) ?? [],
        nowMs: nowMs(),
        audited: 'this synthesis',
        failOn: 'error',
      },
      pieces,
    );
    const lastError = findings.findLast(({ severity }) => severity === 'error');
    return {
      success: !failed,
      violations: [
        ...findings.map((finding) => violationOf(finding, finding === lastError)),
        ...unreadable.map(violationOfUnreadable),
      ],
      metadata: { 'could not be judged': String(cannotTell.length) },
    };
  }
}

/**
 * Without a construct path, on purpose: the CDK's command shows only what belongs to the stacks that it was asked for, and
 * `cdk synth` of an app whose stacks are in Stages asks for none. With a path, an error there would pass unseen.
 */
const NOWHERE: PolicyViolatingResource[] = [{ constructPath: '', locations: [] }];

const violationOf = (
  { rule, severity, message, remediation, fix, at, subject: { place } }: ReportedFinding,
  mentionsSwitch: boolean,
): PolicyViolation => ({
  ruleName: rule,
  severity: SEVERITY[severity],
  // The CDK prints no locations and no metadata, so what a person needs stands in the two texts.
  description: [
    `${rule}: ${message}`,
    `at ${at.file}${at.line === undefined ? '' : `:${at.line}`}`,
    ...(place.constructPath === undefined ? [] : [`of ${place.constructPath}`]),
  ].join(' '),
  fix: [
    remediation,
    ...(fix === undefined ? [] : [`In ${fix.file}, write ${fix.path}: ${String(fix.value)}.`]),
    `Explained in docs/audit/${rule}.md.`,
    ...(mentionsSwitch ? [`To synthesize without the audit: -c ${AUDIT_CONTEXT}=off.`] : []),
  ].join(' '),
  violatingResources: NOWHERE.map((one) => ({ ...one })),
});

const couldNotRun = (error: unknown): PolicyViolation => ({
  ruleName: 'audit-could-not-run',
  severity: 'error',
  description: `the audit could not run: ${error instanceof Error ? error.message : String(error)}`,
  fix: `Fix that. To synthesize without the audit: -c ${AUDIT_CONTEXT}=off.`,
  violatingResources: NOWHERE.map((one) => ({ ...one })),
});

const violationOfUnreadable = ({ file, why }: Unreadable): PolicyViolation => ({
  ruleName: 'unreadable',
  severity: 'warning',
  description: `unreadable: ${file}: ${why}`,
  fix: 'What cannot be read is not audited. Fix it, or audit what it stands for by itself.',
  violatingResources: NOWHERE.map((one) => ({ ...one })),
});
