// Electron's own checklist, a test per item; https://www.electronjs.org/docs/latest/tutorial/security. That each can fail is seen in
// security-off.spec.ts. The fuses, and with them the privileges of file://, are read back from packed apps: test/package.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtOut } from './desktop-app.ts';
import { expect, test as base } from './fixture.ts';
import type { Rule } from './security/rule.ts';
import { rules } from './security/rules.ts';
import { openScene, sceneIsReady, type Scene } from './security/scene.ts';

const test = base.extend<object, { plain: Scene }>({
  // As it is built, for all rules that need no other.
  plain: [
    async ({ runtime }, use) => {
      const scene = await openScene(runtime);
      await sceneIsReady(scene, true);
      await use(scene);
      await scene.close();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
});

const isOfItsOwn = ({ probe, alone, spoils }: Rule) => Boolean(probe ?? alone ?? spoils);

for (const { name, attempt, look, holds } of rules.filter((rule) => !isOfItsOwn(rule))) {
  test(name, async ({ plain }) => {
    await attempt(plain);
    await plain.settled();
    expect(await look(plain)).toEqual(holds);
  });
}

for (const rule of rules.filter(isOfItsOwn)) {
  test(rule.name, async ({ runtime }) => {
    const { probe, alone = [], attempt, look, holds } = rule;
    const scene = await openScene(runtime, (folder) => [...(probe?.(folder) ?? []), ...alone]);
    try {
      await sceneIsReady(scene, true);
      await attempt(scene);
      if (!rule.spoils) await scene.settled();
      expect(await look(scene)).toEqual(holds);
    } finally {
      await scene.close();
    }
  });
}

test('the scheme is standard and secure: the page has an origin of its own, and is no less than https', async ({
  plain,
}) => {
  const seen = await plain.page.evaluate(() => ({ origin: location.origin, secure: isSecureContext }));
  expect(seen).toEqual({ origin: plain.app.address('app://boxcar'), secure: true });
});

test('the preload is one file of CommonJS that needs nothing but electron', () => {
  const folder = join(builtOut, 'preload');
  expect(readdirSync(folder).filter((name) => !name.endsWith('.map'))).toEqual(['preload.cjs']);
  const text = readFileSync(join(folder, 'preload.cjs'), 'utf8');
  expect([...text.matchAll(/require\(([^)]*)\)/g)].map(([, name]) => name)).toEqual(['"electron"']);
  expect(text).not.toMatch(/^(import|export) /m);
});
