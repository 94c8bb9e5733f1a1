import type { Handler } from './call.ts';

/** One line of the route table. `:name` segments become params. */
export interface Route<Context> {
  method: string;
  path: string;
  /** What tests and logs call it. */
  name: string;
  handler: Handler<Context>;
  /** True where no bearer token is asked for. */
  open?: boolean;
  /** True where the call counts against `--uploads-per-minute`. */
  upload?: boolean;
}

interface Branch<Context> {
  fixed: Map<string, Branch<Context>>;
  variable: { name: string; branch: Branch<Context> } | undefined;
  routes: Map<string, Route<Context>>;
}

export type Match<Context> =
  | { kind: 'route'; route: Route<Context>; params: Record<string, string> }
  | { kind: 'no-such-path' }
  | { kind: 'no-such-method'; allow: string[] };

const newBranch = <Context>(): Branch<Context> => ({ fixed: new Map(), variable: undefined, routes: new Map() });

/** A segment as its characters; undefined where the percent-encoding is broken. */
function decode(segment: string): string | undefined {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

/**
 * Builds a matcher from a table. Fixed segments win over variable ones; a trailing slash is tolerated (rclone sends
 * `OPTIONS /files/content/`).
 */
export function buildRouter<Context>(table: Route<Context>[]): (method: string, path: string) => Match<Context> {
  const root = newBranch<Context>();
  // Paths without variables are found at once; nothing but themselves can match them.
  const fixedPaths = new Map<string, Branch<Context>>();
  for (const route of table) {
    let branch = root;
    for (const segment of route.path.split('/').filter(Boolean)) {
      if (segment.startsWith(':')) {
        branch.variable ??= { name: segment.slice(1), branch: newBranch() };
        branch = branch.variable.branch;
      } else {
        let next = branch.fixed.get(segment);
        if (!next) branch.fixed.set(segment, (next = newBranch()));
        branch = next;
      }
    }
    branch.routes.set(route.method, route);
    if (!route.path.includes(':')) fixedPaths.set(route.path, branch);
  }
  return (method, path) => {
    const params: Record<string, string> = {};
    const found = fixedPaths.get(path)?.routes.get(method);
    if (found) return { kind: 'route', route: found, params };
    let branch = root;
    const segments = path.split('/');
    if (segments.at(-1) === '') segments.pop();
    for (const segment of segments.slice(1)) {
      const fixed = branch.fixed.get(segment);
      const text = decode(segment);
      if (fixed) branch = fixed;
      else if (branch.variable && text !== undefined && text !== '') {
        params[branch.variable.name] = text;
        branch = branch.variable.branch;
      } else return { kind: 'no-such-path' };
    }
    const route = branch.routes.get(method);
    if (route) return { kind: 'route', route, params };
    return branch.routes.size > 0
      ? { kind: 'no-such-method', allow: [...branch.routes.keys()] }
      : { kind: 'no-such-path' };
  };
}
