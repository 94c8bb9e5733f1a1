import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { seededRandom, SoakDisk } from '../support/soak-disk.ts';
import { SoakRun, type SoakPair } from '../support/soak-run.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// BOXCAR_SOAK_SEED plays one again, BOXCAR_SOAK_STEPS prolongs it. What chance the processes have in their turns is not in the seed.
const seed = Number(process.env['BOXCAR_SOAK_SEED'] ?? Date.now() % 1e9);
const steps = Number(process.env['BOXCAR_SOAK_STEPS'] ?? 60);
const killsEvery = 15;
const moveRounds = Math.ceil(steps / 30);

test(
  `what people do in folders, with every process killed in between, ends on Box as it is here (BOXCAR_SOAK_SEED=${seed})`,
  {
    timeout: 120_000 + steps * 2000,
  },
  async () => {
    const random = seededRandom(seed);
    const folder = temporaryFolder();
    const pairs = (['trash', 'keep', 'trash'] as const).map((deletions, index): SoakPair => ({
      root: join(folder, `pair ${index}`),
      target: `Pair ${index}`,
      deletions,
    }));
    const disk = new SoakDisk({ roots: pairs.map(({ root }) => root), random });
    const deeds: string[] = [];
    const run = await SoakRun.open(pairs, '300ms');
    const kill = async (deed: () => string) => {
      await run.kill();
      deeds.push('kill -9');
      for (let more = Math.floor(random() * 4); more > 0; more -= 1) deeds.push(deed());
      run.start();
    };
    try {
      run.start();
      for (let at = 0; at < steps; at += 1) {
        deeds.push(disk.step());
        // People act in bursts; some of it while what came before is on its way.
        await sleep(random() < 0.8 ? random() * 120 : random() * 2500);
        if (random() < 1 / killsEvery) await kill(() => disk.step());
      }
      await run.rest();
      await run.expectEqual(disk);

      for (let round = 0; round < moveRounds; round += 1) {
        deeds.push('moves alone');
        run.sent = 0;
        const kept = await run.onBoxAlone(disk);
        for (let at = 0; at < 6; at += 1) {
          deeds.push(disk.move());
          await sleep(random() * 300);
          if (random() < 1 / killsEvery) await kill(() => disk.move());
        }
        await run.rest();
        await run.expectEqual(disk);
        // What moves to the name of one that was deleted, and kept on Box, becomes a version of that one.
        const now = await run.onBoxAlone(disk);
        const revived = [...kept].filter((id) => !now.has(id));
        expect(run.sent, 'requests that send content').toBeLessThanOrEqual(revived.length);
      }
    } catch (error) {
      throw new Error(`BOXCAR_SOAK_SEED=${seed}, after:\n${deeds.join('\n')}\n${run.told.slice(-4000)}`, {
        cause: error,
      });
    }
  },
);
