import { readFile } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { logFolder } from '../../platform/log.ts';
import { redact } from '../../platform/redact.ts';
import type { Shell } from './shell.ts';

const mostLines = 300;

/** A report about this Boxcar to send to somebody: versions, states and counts, and the end of the logs without what they are about. */
export async function diagnosticsText(shell: Shell): Promise<string> {
  const { version, kind, platform, phase, account } = shell.state();
  const lines = [
    `Boxcar ${version} (${kind}) on ${platform} ${release()}, Node ${process.versions.node}`,
    `Phase: ${phase}; account: ${account?.kind ?? 'none'}, sign-in ${account?.signIn ?? '-'}`,
  ];
  if (phase === 'ready') lines.push(...(await workLines(shell)));
  const home = shell.account()?.source.homeOf(account?.id ?? '') ?? shell.home;
  // The shell logs where it was started; an account may have a data folder of its own.
  const logs = [[home, 'app'], [home, 'engine'], [shell.home, 'desktop']] as const; // prettier-ignore
  for (const [folder, name] of logs) {
    const text = await readFile(join(logFolder(folder), `${name}.log`), 'utf8').catch(() => '');
    const tail = text.split('\n').filter(Boolean).slice(-mostLines);
    lines.push('', `${name}.log, the last ${tail.length} lines:`, ...tail.map(scrub));
  }
  return lines.join('\n') + '\n';
}

async function workLines(shell: Shell): Promise<string[]> {
  try {
    const { commands } = await shell.boxcar();
    const [jobs, pairs, checks] = await Promise.all([commands.jobs({}), commands.pairs({}), commands.doctor({})]);
    return [
      `Jobs: ${countBy(jobs.map(({ state }) => state))}`,
      `Pairs: ${countBy(pairs.map(({ state }) => state))}`,
      ...checks.map(({ name, result, message }) => `${name}: ${result}: ${scrubText(message)}`),
    ];
  } catch (error) {
    return [`The engine did not tell its states: ${scrubText(String(error))}`];
  }
}

function countBy(states: readonly string[]): string {
  const groups = Object.entries(Object.groupBy(states, (state) => state));
  return groups.map(([state, found]) => `${found?.length ?? 0} ${state}`).join(', ') || 'none';
}

/**
 * A line of JSON without tokens, addresses, and paths of files; what is in quotes is taken for a name. Of the stack of an error its
 * files keep their last names.
 */
export function scrub(line: string): string {
  return redact(line)
    .replaceAll(/\b[\w.+-]+@[\w-]+\.[\w.-]+/g, '<mail>')
    .replaceAll(/\b(?:https?|wss?):\/\/[^\s"'\\)]+/g, '<address>')
    .replaceAll(/file:\/\/[^\s"'\\)]*\/([\w.-]+:\d+:\d+)/g, '<code>/$1')
    .replaceAll(/\\"(?:[^"\\]|\\[^"])*\\"/g, '\\"<name>\\"')
    .replaceAll(/'(?:[^'\\]|\\.)*'/g, "'<name>'")
    .replaceAll(/(["' (:,=[]|^)(?:[A-Za-z]:[\\/]|\\\\|~?\/)(?:[^"'\n]*?)(?=["'\n)]|$)/g, '$1<path>')
    .replaceAll(
      /"(path|paths|name|\w+Name|item|root|folder|folders|home|target|file|login)":("(?:[^"\\]|\\.)*"|\[[^\]]*\])/g,
      '"$1":"<name>"',
    );
}

/** The same for a sentence. */
function scrubText(text: string): string {
  return scrub(JSON.stringify(text)).slice(1, -1);
}
