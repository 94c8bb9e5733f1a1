import { ProblemError } from '../../../shared/problem-error.ts';
import { problems } from '../../../shared/problem-table.ts';
import type { Check } from '../../../shared/model.ts';
import { formatBytes, formatDuration } from '../../../shared/units.ts';
import type { Account } from '../job/account.ts';

const clockToleranceMs = 5 * 60_000;

/** What the engine can say about the account and the way to Box. */
export async function checkAccount(account: Account, signal: AbortSignal): Promise<Check[]> {
  try {
    const { user } = await account.identify(signal);
    const checks: Check[] = [
      { name: 'account', result: 'ok', message: `signed in as ${user.login || user.name || user.id}` },
    ];
    if (user.status === 'cannot_delete_edit_upload' || user.status === 'inactive') {
      checks.push({
        name: 'account status',
        result: 'failure',
        message: `Box says "${user.status}": uploads will be refused`,
        remedy: 'Ask the administrator of your Box.',
      });
    }
    if (user.maxUploadBytes !== undefined) {
      checks.push({ name: 'largest file', result: 'ok', message: `files up to ${formatBytes(user.maxUploadBytes)}` });
    }
    checks.push(...spaceCheck(user.spaceBytes, user.spaceUsedBytes), clockCheck(account.connection.serverTimeOffsetMs));
    return checks;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const { title, remedy } = problems[error.problem.code];
    const message = `${title}: ${error.problem.detail}`;
    return [{ name: 'account', result: 'failure', message, remedy }];
  }
}

function spaceCheck(amount: number | undefined, used: number | undefined): Check[] {
  if (amount === undefined || used === undefined) return [];
  const left = Math.max(0, amount - used);
  if (left > amount / 50) return [{ name: 'storage on Box', result: 'ok', message: `${formatBytes(left)} free` }];
  const message = `only ${formatBytes(left)} of ${formatBytes(amount)} free`;
  return [{ name: 'storage on Box', result: 'warning', message, remedy: problems['account.quota'].remedy }];
}

function clockCheck(offsetMs: number): Check {
  const away = Math.abs(offsetMs);
  if (away < clockToleranceMs) return { name: 'clock', result: 'ok', message: 'agrees with Box' };
  return {
    name: 'clock',
    result: 'warning',
    message: `is ${formatDuration(away)} ${offsetMs > 0 ? 'behind' : 'ahead of'} Box`,
    remedy: 'Set the clock of this machine (sign-in fails with a clock that is far off).',
  };
}
