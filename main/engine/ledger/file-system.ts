/**
 * On NFS, SMB, FUSE and the like, SQLite's WAL needs what is not there (memory shared between machines,
 * https://www.sqlite.org/wal.html#overview), so that `openLedgerDatabase` is told. The types are those of statfs(2).
 */
export { isNetworkFileSystem } from '../../platform/data-folder.ts';
