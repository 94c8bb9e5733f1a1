import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { Database } from '../../../main/engine/ledger/database.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** A database with one table; `commits` has how many rows each transaction added. */
function openTable() {
  const connection = new DatabaseSync(join(temporaryFolder(), 'test.db'));
  connection.exec('PRAGMA journal_mode = WAL; CREATE TABLE item (id INTEGER PRIMARY KEY, value TEXT NOT NULL) STRICT');
  const db = new Database(connection);
  onTestFinished(() => db.close());
  const add = (value: string | null) => db.run('INSERT INTO item (value) VALUES (?)', value).id;
  const values = () => db.all('SELECT value FROM item ORDER BY id').map((row) => row['value']);
  return { connection, db, add, values };
}

/** Counts the transactions from now on. */
function countCommits(connection: DatabaseSync): () => number {
  let commits = 0;
  const exec = connection.exec.bind(connection);
  connection.exec = (sql) => {
    if (sql === 'COMMIT') commits += 1;
    exec(sql);
  };
  return () => commits;
}

const nextTurn = () => new Promise((turn) => setImmediate(turn));

test('changes of one turn share a transaction, keep their order and resolve with their results', async () => {
  const { connection, db, add, values } = openTable();
  const commits = countCommits(connection);
  const ids = await Promise.all(['a', 'b', 'c'].map((value) => db.write(() => add(value))));
  expect(ids).toEqual([1, 2, 3]);
  expect(values()).toEqual(['a', 'b', 'c']);
  expect(commits()).toBe(1);
});

test('notes of several turns share a transaction once they come in a stream', async () => {
  const { connection, db, add, values } = openTable();
  const commits = countCommits(connection);
  const notes: Promise<unknown>[] = [];
  for (let index = 0; index < 1000; index += 1) {
    notes.push(db.note(() => add(String(index))));
    await nextTurn();
  }
  await Promise.all(notes);
  expect(values()).toEqual(Array.from({ length: 1000 }, (_, index) => String(index)));
  expect(commits()).toBeLessThan(500);
});

test('a write, a flush and a close take the notes that gather along, in order', async () => {
  const { db, add, values } = openTable();
  for (const value of ['a', 'c', 'e', 'g']) {
    // A commit just now, so that the next note waits for others.
    await db.write(() => add('-'));
    const noted = db.note(() => add(value));
    if (value === 'a') await db.write(() => add('b'));
    if (value === 'c') db.flush();
    if (value === 'e') await nextTurn().then(() => db.write(() => add('f')));
    if (value === 'g') db.transaction(() => add('h'));
    await noted;
  }
  expect(values().join('')).toBe('-ab-c-ef-hg');
  await db.write(() => add('i'));
  const last = db.note(() => add('j'));
  db.close();
  await expect(last).resolves.toBeTypeOf('number');
});

test('a change that throws is undone alone, whatever it wrote before', async () => {
  const { db, add, values } = openTable();
  const outcomes = await Promise.allSettled([
    db.write(() => add('a')),
    db.write(() => {
      add('b');
      add(null);
    }),
    db.write(() => {
      add('c');
      throw new Error('its own');
    }),
    db.write(() => add('d')),
  ]);
  expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
  expect(String((outcomes[1] as PromiseRejectedResult).reason)).toContain('NOT NULL constraint failed');
  expect(values()).toEqual(['a', 'd']);
});

test('an asynchronous change is refused and undone', async () => {
  const { db, add, values } = openTable();
  await expect(
    db.write(async () => {
      add('a');
      await Promise.reject(new Error('late'));
    }),
  ).rejects.toThrow('must not be asynchronous');
  expect(values()).toEqual([]);
});

test('a full disk rejects what is not on it, and room heals it', async () => {
  const { connection, db, add, values } = openTable();
  connection.exec('PRAGMA max_page_count = 8');
  const large = 'x'.repeat(3000);
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => db.write(() => add(large))));
  const fulfilled = outcomes.filter((outcome) => outcome.status === 'fulfilled').length;
  expect(fulfilled).toBeLessThan(20);
  expect(values()).toHaveLength(fulfilled);
  const rejected = outcomes.filter((outcome) => outcome.status === 'rejected');
  for (const { reason } of rejected) {
    expect(reason).toMatchObject({ problem: { code: 'local.data-folder-full', detail: 'database or disk is full' } });
  }
  connection.exec('PRAGMA max_page_count = 1000');
  await db.write(() => add('after'));
  expect(values()).toHaveLength(fulfilled + 1);
});

test('a transaction that cannot begin rejects all that wait', async () => {
  const { connection, db, add, values } = openTable();
  connection.exec('BEGIN');
  const outcomes = await Promise.allSettled([db.write(() => add('a')), db.write(() => add('b'))]);
  expect(outcomes.map((outcome) => outcome.status)).toEqual(['rejected', 'rejected']);
  connection.exec('ROLLBACK');
  await db.write(() => add('c'));
  expect(values()).toEqual(['c']);
});

test('long changes are spread over turns, with the event loop between them', async () => {
  const { db, add, values } = openTable();
  const order: string[] = [];
  const busy = () => {
    const until = performance.now() + 15;
    while (performance.now() < until);
  };
  const writes = ['a', 'b', 'c'].map((value) =>
    db.write(() => {
      busy();
      order.push(value);
      return add(value);
    }),
  );
  setImmediate(() => {
    order.push('turn');
    setImmediate(() => order.push('turn'));
  });
  await Promise.all(writes);
  expect(order).toEqual(['a', 'turn', 'b', 'turn', 'c']);
  expect(values()).toEqual(['a', 'b', 'c']);
});

test('a change may ask for another one, which comes in the next transaction', async () => {
  const { db, add, values } = openTable();
  let second: Promise<number> | undefined;
  await db.write(() => {
    second = db.write(() => add('b'));
    add('a');
  });
  expect(values()).toEqual(['a']);
  await second;
  expect(values()).toEqual(['a', 'b']);
});

test('closing commits what waits; later writes reject', async () => {
  const { db, add } = openTable();
  const writes = Array.from({ length: 100 }, (_, index) => db.write(() => add(String(index))));
  db.close();
  expect(await Promise.all(writes)).toHaveLength(100);
  await expect(db.write(() => add('late'))).rejects.toThrow('the ledger is closed');
  db.close();
});
