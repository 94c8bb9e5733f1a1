export { drops } from './drops.ts';
export { history } from './history.ts';
export { frame } from './frame.ts';
export { problems } from './problems.ts';
export { states } from './states.ts';
