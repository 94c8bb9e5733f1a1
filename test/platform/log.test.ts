import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { logFolder, openLog } from '../../main/platform/log.ts';
import { RotatingFile } from '../../main/platform/rotating-file.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('lines are JSON with level and time, for the owner alone, and hold no token', () => {
  const home = temporaryFolder();
  const log = openLog({ home, name: 'app', level: 'info' });
  log.logger.debug('not written');
  log.logger.info({ url: 'https://upload.box.com/a?code=SECRET' }, 'sent with Bearer SECRET');
  log.logger.error({ err: new Error('access_token=SECRET', { cause: new Error('deeper') }) }, 'failed');
  log.close();
  const path = join(logFolder(home), 'app.log');
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { level: 'info', msg: 'sent with Bearer [redacted]', pid: process.pid },
    { level: 'error', err: { message: expect.stringContaining('[redacted]') as string } },
  ]);
  expect(lines.join()).toContain('deeper');
  expect(lines.join()).not.toContain('SECRET');
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('a full file is rotated, and two files are all there ever is', () => {
  const path = join(temporaryFolder(), 'logs', 'a.log');
  const file = new RotatingFile(path, 1000);
  onTestFinished(() => file.close());
  for (let index = 0; index < 100; index += 1) {
    file.write(`${String(index).padStart(98)}\n`);
    file.flush();
  }
  expect(readdirSync(join(path, '..')).sort()).toEqual(['a.log', 'a.log.1']);
  expect(readFileSync(path, 'utf8')).toContain(' 99\n');
  for (const name of [path, `${path}.1`]) expect(statSync(name).size).toBeLessThanOrEqual(1000);
});

test('two writers of one log rotate it once', () => {
  const path = join(temporaryFolder(), 'a.log');
  const [first, second] = [new RotatingFile(path, 1000), new RotatingFile(path, 1000)];
  for (const file of [first, second]) {
    file.write('x'.repeat(480) + '\n');
    file.flush();
  }
  for (const file of [first, second]) {
    file.write('y'.repeat(100) + '\n');
    file.close();
  }
  expect(statSync(`${path}.1`).size).toBe(962);
  expect(statSync(path).size).toBe(202);
});

test('a folder that takes no log is no reason to fail', () => {
  const home = temporaryFolder();
  writeFileSync(join(home, 'logs'), 'a file where the folder should be');
  const log = openLog({ home, name: 'app', level: 'info' });
  log.logger.info('lost');
  expect(() => log.close()).not.toThrow();
  mkdirSync(join(home, 'other'));
});
