import { assertNever } from '../../shared/assert-never.ts';
import type { Target } from '../../shared/ids.ts';
import type { Show } from '../../shared/page-contract.ts';
import type { App } from './app.ts';

/** Brings up what the shell asks for. */
export function showIn({ router, drops }: Pick<App, 'router' | 'drops'>, what: Show): void {
  switch (what.kind) {
    case 'screen':
      return router.go(what.screen);
    case 'target':
      return showTarget(router, what.target);
    case 'places':
      return drops.takePlaces(what.places);
    default:
      assertNever(what);
  }
}

function showTarget(router: App['router'], target: Target): void {
  switch (target.kind) {
    case 'pair':
      return router.go('folders', String(target.id));
    // A job has no screen of its own: its files stand in the list.
    case 'job':
      return router.go('transfers');
    case 'transfer':
    case 'part':
      return router.go('transfers', String(target.id));
    default:
      assertNever(target);
  }
}
