import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { Caller } from '../front-door/credentials.ts';
import type { Laptop } from '../laptop.ts';
import { untilTrue } from './execution-watch.ts';

/** The report of an incident, as far as there is one. */
interface ReportTexts {
  readonly markdown: string | undefined;
  readonly html: string | undefined;
}

/** How an execution ended: its status, and why it failed. */
interface Outcome {
  readonly status: string;
  readonly error: string;
  readonly cause: string;
}

/** What a person does in the AWS console, with keys and permissions of an operator: every call passes the front door. */
export interface OperatorConsole {
  /** Starts the incident response by hand. @returns ARN of the execution. */
  startResponse(input: Readonly<Record<string, unknown>>): Promise<string>;
  /** Starts a state machine by hand, by its short name, e.g. `service-resumption`. @returns ARN of the execution. */
  start(machine: string, input: Readonly<Record<string, unknown>>): Promise<string>;
  /**
   * Looks until an execution has ended.
   * @throws {DrillDeadlineExpired}
   */
  outcomeOf(executionArn: string, deadlineMillis: number, signal: AbortSignal): Promise<Outcome>;
  /** Looks at the machines and at the latest response. @returns how many events its history has. */
  watchLatestResponse(): Promise<number>;
  readReport(incidentId: string): Promise<ReportTexts>;
  close(): void;
}

export function openConsole({ account, services, system }: Laptop, operator: Caller): OperatorConsole {
  const access = { endpoint: services.frontDoor.address, region: account.region, credentials: operator };
  const stepFunctions = new SFNClient(access);
  const s3 = new S3Client({ ...access, forcePathStyle: true });
  const incidentResponse = system.stateMachines['incident-response'] ?? '';

  async function objectText(Key: string): Promise<string | undefined> {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: system.reportsBucket, Key }));
    return Body?.transformToString();
  }

  async function start(machine: string, input: Readonly<Record<string, unknown>>): Promise<string> {
    const stateMachineArn = system.stateMachines[machine];
    const { executionArn = '' } = await stepFunctions.send(
      new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
    );
    return executionArn;
  }

  return {
    startResponse: (input) => start('incident-response', input),
    start,
    async outcomeOf(executionArn, deadlineMillis, signal) {
      let outcome: Outcome = { status: 'RUNNING', error: '', cause: '' };
      await untilTrue(`the end of ${executionArn}`, deadlineMillis, signal, async () => {
        const found = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
        outcome = { status: found.status ?? '', error: found.error ?? '', cause: found.cause ?? '' };
        return outcome.status !== 'RUNNING';
      });
      return outcome;
    },
    async watchLatestResponse() {
      const { stateMachines = [] } = await stepFunctions.send(new ListStateMachinesCommand({}));
      for (const { stateMachineArn } of stateMachines) {
        await stepFunctions.send(new DescribeStateMachineCommand({ stateMachineArn }));
      }
      const { executions = [] } = await stepFunctions.send(
        new ListExecutionsCommand({ stateMachineArn: incidentResponse }),
      );
      const executionArn = executions[0]?.executionArn;
      if (executionArn === undefined) return 0;
      await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
      const { events = [] } = await stepFunctions.send(new GetExecutionHistoryCommand({ executionArn }));
      return events.length;
    },
    async readReport(incidentId) {
      const { Contents = [] } = await s3.send(
        new ListObjectsV2Command({ Bucket: system.reportsBucket, Prefix: `reports/${incidentId}/` }),
      );
      const read = (name: string) => {
        const key = Contents.find(({ Key }) => Key?.endsWith(`/${name}`))?.Key;
        return key === undefined ? undefined : objectText(key);
      };
      return { markdown: await read('report.md'), html: await read('report.html') };
    },
    close() {
      stepFunctions.destroy();
      s3.destroy();
    },
  };
}
