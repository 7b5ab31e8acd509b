import { AwsError } from '../api/aws-error';
import type { Clock } from '../time/clock';
import { readAutomation, type AutomationDocument } from '../automation/document';
import { Execution } from '../automation/execution';
import { executionFields, metadataFields } from '../automation/records';
import type { AutomationWorld } from '../automation/types';
import { documentParameters, type SsmDocument } from '../automation/documents';
import { fields, list, number, optional, text, type Fields } from '../values/fields';
import type { AccessRequest } from '../iam/iam-policy';
import { uuidFrom } from '../values/ids';
import type { Principal, Service } from '../api/local-aws';
import type { Place } from '../template/physical-ids';
import { RateLimit } from '../api/rate-limit';
import { unwitnessed, type Unwitnessed } from '../unwitnessed';
import { onEverything, serviceArn } from './access';
import { executionFilter } from './ssm-automation-filters';
import { page } from './ec2-filters';

/** Quotas of the account. */
export interface AutomationLimits {
  readonly startsPerSecond: number;
  readonly startBurst: number;
  readonly concurrent: number;
  readonly queued: number;
}

export const DEFAULT_AUTOMATION_LIMITS: AutomationLimits = {
  startsPerSecond: 1,
  startBurst: 2,
  concurrent: 100,
  queued: 5000,
};

export interface AutomationState {
  readonly clock: Clock;
  readonly place: Place;
  readonly documents: readonly SsmDocument[];
  readonly limits: AutomationLimits;
  /** @default - the first of each */
  readonly unwitnessed?: Unwitnessed;
  /** The world of an execution that runs as the role. */
  worldFor(roleArn: string): AutomationWorld;
  inBackground(what: string, work: Promise<void>): void;
  onEnd(execution: Execution): void;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Executions of the account, and the operations on them. */
export class Automations {
  readonly executions: Execution[] = [];
  private readonly tokens = new Map<string, { readonly request: string; readonly id: string }>();
  private readonly starts: RateLimit;
  private readonly read = new Map<SsmDocument, AutomationDocument>();

  constructor(private readonly state: AutomationState) {
    const { clock, limits } = state;
    this.starts = new RateLimit(clock, limits.startsPerSecond, limits.startBurst);
  }

  private document(name: string): SsmDocument {
    const found = this.state.documents.find(
      (document) => document.name === name && document.kind === 'Automation',
    );
    if (!found)
      throw new AwsError(
        'AutomationDefinitionNotFoundException',
        `Automation document ${name} does not exist`,
      );
    return found;
  }

  private automation(document: SsmDocument): AutomationDocument {
    const automation = this.read.get(document) ?? readAutomation(document);
    this.read.set(document, automation);
    return automation;
  }

  private execution(id: unknown): Execution {
    const found = this.executions.find((execution) => execution.id === id);
    if (!found) {
      throw new AwsError(
        'AutomationExecutionNotFoundException',
        `Automation execution ${String(id)} not found`,
      );
    }
    return found;
  }

  /** Runs now, or when a slot is free. */
  private schedule(execution: Execution): void {
    const running = this.executions.filter(({ status, ended }) => !ended && status !== 'Pending').length;
    if (running >= this.state.limits.concurrent) return;
    const work = execution.run().finally(() => {
      this.state.onEnd(execution);
      const next = this.executions.find(({ status, ended }) => status === 'Pending' && !ended);
      if (next) this.schedule(next);
    });
    this.state.inBackground(`execution ${execution.id} of ${execution.document.name}`, work);
  }

  private start(input: Fields, principal: Principal | undefined): Fields {
    this.starts.take();
    const document = this.document(text(input.DocumentName, 'DocumentName'));
    const parameters = documentParameters(document, input.Parameters);
    if ('wrong' in parameters) {
      throw new AwsError('InvalidAutomationExecutionParametersException', parameters.wrong.join('; '));
    }
    const token = optional(input.ClientToken, 'ClientToken', text, undefined);
    if (token !== undefined && !UUID.test(token)) {
      throw new AwsError('ValidationException', `ClientToken must be a UUID, got ${token}`);
    }
    const request = JSON.stringify([document.name, Object.entries(parameters.values).sort()]);
    const earlier = token === undefined ? undefined : this.tokens.get(token);
    if (earlier) {
      const { usedClientToken } = this.state.unwitnessed ?? unwitnessed();
      if (earlier.request === request && usedClientToken === 'old-id')
        return { AutomationExecutionId: earlier.id };
      throw new AwsError('IdempotentParameterMismatch', 'The client token was used before');
    }
    const waiting = this.executions.filter(({ ended }) => !ended).length;
    if (waiting >= this.state.limits.concurrent + this.state.limits.queued) {
      throw new AwsError('AutomationExecutionLimitExceededException', 'Too many automation executions', {
        status: 429,
      });
    }
    const automation = this.automation(document);
    const role = automation.assumeRole ?? principal?.roleArn;
    if (role === undefined)
      throw new Error(`document ${document.name} has no assumeRole, and the caller has no role`);
    const id = uuidFrom(`execution/${this.executions.length}`);
    const world = this.state.worldFor(role);
    const execution = new Execution(
      id,
      automation,
      parameters.values,
      principal?.roleArn ?? 'operator',
      world,
    );
    this.executions.push(execution);
    if (token !== undefined) this.tokens.set(token, { request, id });
    this.schedule(execution);
    return { AutomationExecutionId: id };
  }

  /** The documented example policies: the document and the execution, PassRole for its role, and tags on their own. */
  private startAccess(input: Fields): readonly AccessRequest[] {
    const { place } = this.state;
    const name = text(input.DocumentName, 'DocumentName');
    const executions = serviceArn(place, 'ssm', 'automation-execution/*');
    const tags = optional(input.Tags, 'Tags', list, []).map((tag) => fields(tag, 'Tags'));
    const context = {
      ...Object.fromEntries(
        tags.map((tag) => [`aws:RequestTag/${text(tag.Key, 'Tags Key')}`, text(tag.Value, 'Tags Value')]),
      ),
      ...(tags.length > 0 ? { 'aws:TagKeys': tags.map((tag) => text(tag.Key, 'Tags Key')) } : {}),
    };
    const role = this.automation(this.document(name)).assumeRole;
    return [
      {
        action: 'ssm:StartAutomationExecution',
        resource: serviceArn(place, 'ssm', `document/${name}`),
        context,
      },
      { action: 'ssm:StartAutomationExecution', resource: executions, context },
      ...(tags.length > 0 ? [{ action: 'ssm:AddTagsToResource', resource: executions, context }] : []),
      ...(role === undefined
        ? []
        : [
            {
              action: 'iam:PassRole',
              resource: role,
              context: { 'iam:PassedToService': 'ssm.amazonaws.com' },
            },
          ]),
    ];
  }

  get operations(): Service {
    const { place } = this.state;
    const one =
      (action: string) =>
      (input: Fields): readonly AccessRequest[] => [
        {
          action,
          resource: serviceArn(
            place,
            'ssm',
            `automation-execution/${text(input.AutomationExecutionId, 'AutomationExecutionId')}`,
          ),
          context: {},
        },
      ];
    return {
      StartAutomationExecution: {
        input: {
          DocumentName: 'string!',
          DocumentVersion: 'string',
          Parameters: 'map',
          ClientToken: 'string',
          Mode: 'string',
          Tags: 'list',
        },
        access: (input) => this.startAccess(input),
        run: (input, principal) => this.start(input, principal),
      },
      DescribeAutomationExecutions: {
        input: { Filters: 'list', MaxResults: 'number', NextToken: 'string' },
        access: onEverything('ssm:DescribeAutomationExecutions'),
        run: (input) => {
          const size = optional(input.MaxResults, 'MaxResults', number, 50);
          if (size < 1 || size > 50)
            throw new AwsError('ValidationException', `MaxResults must be 1 to 50, got ${size}`);
          const filters = optional(input.Filters, 'Filters', list, []).map(executionFilter);
          const newestFirst = [...this.executions].reverse();
          const chosen = newestFirst.filter((execution) => filters.every((passes) => passes(execution)));
          const { items, next } = page(chosen, size, input.NextToken);
          const metadata = items.map(metadataFields);
          return {
            AutomationExecutionMetadataList: metadata,
            ...(next === undefined ? {} : { NextToken: next }),
          };
        },
      },
      GetAutomationExecution: {
        input: { AutomationExecutionId: 'string!' },
        access: one('ssm:GetAutomationExecution'),
        run: (input) => ({
          AutomationExecution: executionFields(this.execution(input.AutomationExecutionId)),
        }),
      },
      SendAutomationSignal: {
        input: { AutomationExecutionId: 'string!', SignalType: 'string!', Payload: 'map' },
        access: one('ssm:SendAutomationSignal'),
        run: (input) => {
          const type = text(input.SignalType, 'SignalType');
          if (type !== 'Approve' && type !== 'Reject')
            throw new AwsError('InvalidAutomationSignalException', `${type} is not known here`);
          if (!this.execution(input.AutomationExecutionId).signal(type))
            throw new AwsError('InvalidAutomationSignalException', 'No step waits for it');
          return {};
        },
      },
      StopAutomationExecution: {
        input: { AutomationExecutionId: 'string!', Type: 'string' },
        access: one('ssm:StopAutomationExecution'),
        run: (input) => {
          const type = optional(input.Type, 'Type', text, 'Cancel');
          if (!['Cancel', 'Complete'].includes(type))
            throw new AwsError('ValidationException', `unknown Type ${type}`);
          this.execution(input.AutomationExecutionId).cancel();
          return {};
        },
      },
    };
  }
}
