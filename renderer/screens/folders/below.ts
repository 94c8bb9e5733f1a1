/** A path as it lies below a folder; as it is where it doesn't, and `.` for the folder itself. */
export function below(path: string, root: string): string {
  if (path === root) return '.';
  const rest = path.startsWith(root) ? path.slice(root.length) : '';
  if (/[\\/]$/.test(root)) return rest || path;
  return /^[\\/]./.test(rest) ? rest.slice(1) : path;
}
