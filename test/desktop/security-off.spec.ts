// Every rule of security.spec.ts is turned off in a copy of the built app, and seen to be missing.
import { expect, test } from './fixture.ts';
import { changedApp } from './security/changed-app.ts';
import { insecureScheme, noIsolation } from './security/changes.ts';
import { rules } from './security/rules.ts';
import { openScene, sceneIsReady } from './security/scene.ts';

for (const { name, probe, alone = [], off, attempt, look, holds, broken } of rules) {
  test(`off: ${name}`, async ({ runtime }) => {
    expect(broken).not.toEqual(holds);
    const scene = await openScene(runtime, (folder) => [...(probe?.(folder) ?? []), ...alone, ...off]);
    try {
      await sceneIsReady(scene, true);
      await attempt(scene);
      await expect.poll(() => look(scene)).toEqual(broken);
    } finally {
      await scene.close();
    }
  });
}

test('off: a scheme that is less than https is nothing that the stand-in runs', async ({ runtime }) => {
  test.skip(runtime !== 'stand-in', 'Electron itself would run it');
  await expect(openScene(runtime, () => [insecureScheme])).rejects.toThrow(/ended with 1/);
});

test('a piece that the built app does not have, or has twice, is no change', ({ folder }) => {
  expect(() => changedApp(`${folder}/none`, [{ piece: 'no such piece of the app', by: '' }])).toThrow(
    /stands in 0 files/,
  );
  expect(() => changedApp(`${folder}/many`, [{ piece: 'return', by: '' }])).toThrow(/stands in \d+ files/);
  expect(() => changedApp(`${folder}/twice`, [...noIsolation, ...noIsolation])).toThrow(/0 files/);
});
