// What becomes of the copy that a browser's page hands over, when it is not uploaded after all.
import { expect, test } from 'vitest';
import { Drops } from '../../renderer/state/drops.svelte.ts';
import type { Session } from '../../renderer/state/session.svelte.ts';
import { CallError } from '../../shared/call-error.ts';

const dropId = `drop-${'0af4'.repeat(8)}`;
const places = [{ place: 'p'.repeat(22), path: `/home/ann/boxcar/spool/${dropId}/files/a.txt` }];
const files = [{ file: new File(['x'], 'a.txt'), path: 'a.txt' }];

function open(upload: () => Promise<unknown>) {
  const cancelled: string[] = [];
  const session = {
    takeFiles: () => Promise.resolve(places),
    commands: {
      uploadPlaces: upload,
      endDrop: () => Promise.resolve({ places }),
      cancelDrop: ({ dropId: id }: { dropId: string }) => {
        cancelled.push(id);
        return Promise.resolve({});
      },
    },
  } as unknown as Session;
  return { drops: new Drops(session), cancelled };
}

const refused = () => Promise.reject(new CallError('refused', 'There is no such folder.'));

test('a copy whose upload was refused is kept for another try, and goes when nobody wants it', async () => {
  const { drops, cancelled } = open(refused);
  drops.take(files);
  expect(await drops.upload('/Nowhere', 'version')).toBeNull();
  expect([drops.error, drops.pending?.kind]).toEqual(['There is no such folder.', 'places']);
  expect(await drops.upload('/Nowhere either', 'version')).toBeNull();
  expect(cancelled).toEqual([]);
  drops.cancel();
  expect([drops.pending, cancelled]).toEqual([null, [dropId]]);
});

test('a copy goes too when something else is dropped', async () => {
  const { drops, cancelled } = open(refused);
  drops.take(files);
  await drops.upload('/Nowhere', 'version');
  drops.take(files);
  expect([drops.pending?.kind, cancelled]).toEqual(['files', [dropId]]);
});

test('what goes up stays, and what was kept from before is offered again', async () => {
  const { drops, cancelled } = open(() => Promise.resolve({ jobId: 7, resumed: false }));
  drops.take(files);
  expect(await drops.upload('/', 'version')).toBe(7);
  drops.cancel();
  await drops.takeKept(dropId);
  drops.cancel();
  expect(cancelled).toEqual([]);
});
