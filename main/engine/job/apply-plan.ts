import { assertNever } from '../../../shared/assert-never.ts';
import type { Outcome } from '../../../shared/progress-contract.ts';
import type { Problem } from '../../../shared/problem.ts';
import { factsKey } from '../ledger/facts.ts';
import type { BoxCopy, FileRow } from '../ledger/files.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Base } from '../ledger/transfers.ts';
import type { FileOnBox, FilePlan } from '../plan/plan-file.ts';
import { keptProblem } from '../transfer/resolve-conflict.ts';
import { routeFor } from '../transfer/route.ts';

interface Application {
  ledger: Ledger;
  file: FileRow;
  path: string;
  parentBoxId: string;
  now: number;
}

/** Carries a plan over to the ledger, within a transaction. Returns the outcome where the plan is one already. */
export function applyPlan(application: Application, plan: FilePlan): Outcome | null {
  const { ledger, file, now } = application;
  const { files, transfers } = ledger;
  switch (plan.do) {
    case 'unchanged':
      files.setBox(file.id, copyOf(plan.onBox, plan.onBox.sha1!));
      files.setOutcome(file.id, 'unchanged', null);
      return outcome(application, 'unchanged', null, plan.onBox);
    case 'adopt':
      files.setDigest(file.id, plan.sha1, factsKey(file.facts!));
      files.setBox(file.id, copyOf(plan.onBox, plan.sha1));
      files.setOutcome(file.id, 'adopted', null);
      addReceipt(application, plan.sha1, plan.onBox, 0, 'adopted');
      return outcome(application, 'adopted', null, plan.onBox);
    case 'check':
      end(application, plan.supersedes);
      create(application, 'check', file.name, baseFrom(plan.base));
      return null;
    case 'send':
      end(application, plan.supersedes);
      create(application, routeFor(file.facts!.sizeBytes).kind, plan.name, plan.base);
      return null;
    case 'continue': {
      const transfer = transfers.get(plan.transferId)!;
      if (plan.base) transfers.setTarget(plan.transferId, transfer.name, plan.base);
      transfers.move(plan.transferId, 'queued', { note: 'goes on' }, now);
      files.setOutcome(file.id, 'pending', null);
      return null;
    }
    case 'settle-commit':
      transfers.setPriority(plan.transferId, 1);
      transfers.move(plan.transferId, 'queued', { note: 'asks for the outcome' }, now);
      files.setOutcome(file.id, 'pending', null);
      return null;
    case 'finish': {
      const transfer = transfers.get(plan.transferId)!;
      // Also one that was paused or about to be aborted: it is there.
      transfers.move(plan.transferId, 'queued', {}, now);
      transfers.move(plan.transferId, 'done', { note: 'had arrived' }, now);
      files.setDigest(file.id, plan.sha1, factsKey(transfer.facts));
      files.setBox(file.id, copyOf(plan.onBox, plan.sha1));
      files.setOutcome(file.id, 'sent', null);
      addReceipt(
        { ...application, file: { ...file, facts: transfer.facts } },
        plan.sha1,
        plan.onBox,
        transfer.sentBytes,
        'sent',
      );
      return outcome(application, 'sent', null, plan.onBox);
    }
    case 'keep': {
      end(application, plan.supersedes);
      const problem = keptProblem(file.name, now);
      files.setOutcome(file.id, 'kept', problem);
      return outcome(application, 'kept', problem, plan.onBox);
    }
    case 'fail': {
      end(application, plan.supersedes);
      const problem: Problem = {
        code: plan.code,
        operation: 'plan',
        detail: plan.detail,
        item: application.path,
        at: now,
      };
      files.setOutcome(file.id, 'failed', problem);
      return outcome(application, 'failed', problem, null);
    }
    default:
      return assertNever(plan);
  }
}

function end({ ledger, now }: Application, transferId: number | null): void {
  if (transferId === null) return;
  const ended = ledger.transfers.move(transferId, 'superseded', { note: 'planned anew' }, now);
  // An abort that could still be taken back ends as what it is.
  if (!ended) ledger.transfers.move(transferId, 'aborted', { note: 'planned anew' }, now);
}

function create(
  { ledger, file, parentBoxId, now }: Application,
  kind: 'check' | 'direct' | 'session',
  name: string,
  base: Base | null,
) {
  const facts = file.facts!;
  const { lane } = routeFor(facts.sizeBytes);
  const { ownerId, id: fileId } = file;
  ledger.transfers.create({ ownerId, fileId, kind, lane, state: 'queued', facts, parentBoxId, name, base, now });
}

function addReceipt(
  application: Application,
  sha1: string,
  onBox: FileOnBox,
  sentBytes: number,
  how: 'sent' | 'adopted',
): void {
  application.ledger.receipts.add({
    ownerId: application.file.ownerId,
    path: application.path,
    sizeBytes: application.file.facts!.sizeBytes,
    sha1,
    boxSha1: onBox.sha1!,
    fileId: onBox.id,
    versionId: onBox.versionId,
    etag: onBox.etag,
    how,
    sentBytes,
    at: application.now,
  });
}

function copyOf(onBox: FileOnBox, sha1: string): BoxCopy {
  return { fileId: onBox.id, name: onBox.name, etag: onBox.etag, versionId: onBox.versionId, sha1 };
}

function baseFrom(onBox: FileOnBox): Base {
  return { fileId: onBox.id, etag: onBox.etag, sha1: onBox.sha1 };
}

function outcome(
  application: Application,
  what: Outcome['outcome'],
  problem: Problem | null,
  onBox: FileOnBox | null,
): Outcome {
  const { file, path } = application;
  return {
    path,
    outcome: what,
    sizeBytes: file.facts?.sizeBytes ?? 0,
    transferId: null,
    sha1: onBox?.sha1 ?? null,
    fileId: onBox?.id ?? null,
    versionId: onBox?.versionId ?? null,
    sentBytes: 0,
    boxName: onBox && onBox.name !== file.name ? onBox.name : null,
    problem,
  };
}
