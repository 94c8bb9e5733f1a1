// `npm run demo`: a sandbox of Box, a small tree with one file of 300 MB, two kills in the middle, the receipts. Everything lies in a
// temporary folder that is removed at the end. Exits with 0 only when every file on the other side has the SHA-1 it has here.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatBytes } from '../shared/units.ts';
import { cutMiddle } from '../main/headless/text.ts';
import { childrenOf, killHard } from './demo/processes.ts';
import { Commands, type Running } from './demo/commands.ts';
import { Screen } from './demo/screen.ts';
import { compareTrees, largeName, makeTree } from './demo/tree.ts';
import { watchUpload } from './demo/watch.ts';

const folderName = 'Voyage';
const target = '/Backup';
const killEngineAt = 0.25;
const killAllAt = 0.6;
const shownReceipts = 5;

const temporary = mkdtempSync(join(tmpdir(), 'boxcar-demo-'));
const screen = new Screen(process.stdout, process.env);
const commands = new Commands(join(temporary, 'home'));

function cleanUp(): void {
  screen.clearBar();
  commands.killAll();
  rmSync(temporary, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  // prettier-ignore
  process.once(signal, () => {
    cleanUp();
    process.exit(code);
  });
}

try {
  process.exitCode = (await demo()) ? 0 : 1;
} catch (error) {
  screen.clearBar();
  process.stderr.write(`The demo failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  cleanUp();
}

async function demo(): Promise<boolean> {
  screen.title('Boxcar demo', 'a folder goes to Box in parts, and survives kill -9');
  const boxRoot = join(temporary, 'box');
  const { port } = await commands.startSandbox(boxRoot);
  screen.step('A Box of its own', `a sandbox on 127.0.0.1:${port}; it keeps plain files`);

  const local = join(temporary, folderName);
  const tree = makeTree(local);
  screen.step(
    'A folder',
    `${tree.files} files in ${tree.folders} folders, ${formatBytes(tree.bytes)} (one of ${formatBytes(tree.largeBytes)}); a link`,
  );

  const args = ['upload', local, '--to', target];
  screen.step('The upload', `$ boxcar upload ${folderName} --to ${target}`);
  const first = commands.start(args);
  await killedTwice(first);

  screen.step('The same again', `$ boxcar upload ${folderName} --to ${target}`);
  const second = commands.start(args);
  await shownUntilEnd(second);
  const exitCode = await second.ended;
  const summary = second.all('summary').at(-1);
  if (exitCode !== 0 || !summary) throw new Error(`the second upload ended with exit code ${exitCode}`);
  screen.fact(`exit code 0; ${formatBytes(Number(summary['sentBytes']))} were left to send`);

  const earlierVersions = await tellWhatWasSentAgain(second);
  const receipts = (await commands.run(['receipts'])).filter(({ event }) => event === 'receipt');
  screen.step('Receipts', `${receipts.length}: SHA-1 here = SHA-1 on Box; the largest are`);
  const largest = receipts.toSorted((a, b) => Number(b['sizeBytes']) - Number(a['sizeBytes'])).slice(0, shownReceipts);
  for (const { sha1, boxSha1, sizeBytes, path } of largest) {
    const mark = sha1 === boxSha1 ? ' ' : '!';
    const name = cutMiddle(String(path).slice(local.length + 1), 25);
    screen.line(`   ${mark} ${String(sha1)}  ${formatBytes(Number(sizeBytes)).padStart(7)}  ${name}`);
  }

  const found = compareTrees(local, join(boxRoot, target, folderName));
  screen.step('Compared', `${found.equal} of ${tree.files} files lie in the sandbox, with the same SHA-1`);
  for (const path of [...found.different, ...found.extra]) screen.fact(`not as it should be: ${path}`);
  const good = found.equal === tree.files && found.extra.length === 0 && earlierVersions === 0;
  const proven = receipts.length === tree.files && receipts.every(({ sha1, boxSha1 }) => sha1 === boxSha1);
  screen.verdict(good && proven, good && proven ? 'Everything arrived.' : 'Something is missing or different.');
  return good && proven;
}

/** The first upload: its engine is killed and comes back by itself, then every process is killed. */
async function killedTwice(upload: Running): Promise<void> {
  const watch = await watchUpload(commands, (progress) => screen.bar(progress));
  await watch.reached(killEngineAt);
  const [engine] = childrenOf(upload.pid);
  if (engine === undefined) throw new Error('the engine’s process was not found');
  const before = watch.percent();
  killHard(engine);
  screen.kill(`kill -9 ${engine}`, `the engine, which reads, hashes and sends, at ${before} %`);
  await upload.next('restart');
  screen.fact('the command has noticed, and starts another one');
  await watch.reached(killAllAt);
  const processes = [upload.pid, ...childrenOf(upload.pid)];
  const then = watch.percent();
  processes.forEach(killHard);
  screen.kill(`kill -9 ${processes.join(' ')}`, `every process of Boxcar, at ${then} %`);
  await upload.ended;
  await watch.close();
}

async function shownUntilEnd(upload: Running): Promise<void> {
  const watch = await watchUpload(commands, (progress) => screen.bar(progress), upload.ended);
  await upload.ended;
  await watch.close();
  const started = upload.all('started').at(-1);
  screen.fact(`resumed: ${started?.['resumed'] === true ? 'yes' : 'no'}; the session on Box goes on where it was`);
}

/** By the ledger's count of how often each part was begun, and by what the other side lists as versions, whose number is returned. */
async function tellWhatWasSentAgain(upload: Running): Promise<number> {
  const large = upload.all('file').find(({ path }) => String(path).endsWith(largeName));
  if (!large) throw new Error(`nothing was told of ${largeName}`);
  const parts = (await commands.run(['parts', String(large['transfer'])])).filter(({ event }) => event === 'part');
  const again = parts.filter(({ attempts }) => Number(attempts) > 1);
  const times = again.reduce((sum, { attempts }) => sum + Number(attempts) - 1, 0);
  const bytes = again.reduce((sum, { attempts, sizeBytes }) => sum + (Number(attempts) - 1) * Number(sizeBytes), 0);
  const what = times === 0 ? '' : `, those in flight: at most ${formatBytes(bytes)}`;
  const earlier = await commands.earlierVersions(String(large['fileId']));
  screen.step('Sent again', `${times} of ${parts.length} parts${what}`);
  screen.fact(`the other side has 1 file of that name, with ${earlier} earlier versions`);
  return earlier;
}
