// Every route, once. Paths are those behind /2.0 (also served behind /api/2.0), /oauth2 (also /api/oauth2) and /realtime.
import type { Route } from '../http/router.ts';
import { commitSession } from './commit.ts';
import type { Context } from './context.ts';
import { listEvents, longPoll, longPollServer } from './events.ts';
import { deleteFile, downloadFile, getFile, getVersion, listVersions, updateFile } from './files.ts';
import { createFolder, deleteFolder, getFolder, listItems, updateFolder } from './folders.ts';
import { decideAuthorize, grantToken, revokeToken, showAuthorize } from './oauth.ts';
import { preflightFile, preflightVersion } from './preflight.ts';
import {
  abortSession,
  createSession,
  createVersionSession,
  getSession,
  listParts,
  logSessionEvent,
  uploadPart,
} from './sessions.ts';
import { deleteTrashed, getTrashed, listTrash, restoreTrashed } from './trash.ts';
import { uploadFile, uploadVersion } from './uploads.ts';
import { currentUser } from './users.ts';

const session = '/2.0/files/upload_sessions/:session_id';
const file = '/2.0/files/:file_id';
const folder = '/2.0/folders/:folder_id';

export const table: Route<Context>[] = [
  { method: 'POST', path: '/2.0/files/upload_sessions', name: 'create-session', handler: createSession, upload: true },
  {
    method: 'POST',
    path: `${file}/upload_sessions`,
    name: 'create-version-session',
    handler: createVersionSession,
    upload: true,
  },
  { method: 'GET', path: session, name: 'get-session', handler: getSession },
  { method: 'PUT', path: session, name: 'upload-part', handler: uploadPart },
  { method: 'DELETE', path: session, name: 'abort-session', handler: abortSession },
  { method: 'GET', path: `${session}/parts`, name: 'list-parts', handler: listParts },
  { method: 'POST', path: `${session}/commit`, name: 'commit-session', handler: commitSession },
  { method: 'POST', path: `${session}/log`, name: 'log-event', handler: logSessionEvent },
  { method: 'POST', path: '/2.0/files/content', name: 'upload-file', handler: uploadFile, upload: true },
  { method: 'POST', path: `${file}/content`, name: 'upload-version', handler: uploadVersion, upload: true },
  { method: 'OPTIONS', path: '/2.0/files/content', name: 'preflight-file', handler: preflightFile },
  { method: 'OPTIONS', path: `${file}/content`, name: 'preflight-version', handler: preflightVersion },
  { method: 'GET', path: `${file}/content`, name: 'download-file', handler: downloadFile },
  { method: 'GET', path: file, name: 'get-file', handler: getFile },
  { method: 'PUT', path: file, name: 'update-file', handler: updateFile },
  { method: 'DELETE', path: file, name: 'delete-file', handler: deleteFile },
  { method: 'POST', path: file, name: 'restore-file', handler: restoreTrashed('file') },
  { method: 'GET', path: `${file}/trash`, name: 'get-trashed-file', handler: getTrashed('file') },
  { method: 'DELETE', path: `${file}/trash`, name: 'delete-trashed-file', handler: deleteTrashed('file') },
  { method: 'GET', path: `${file}/versions`, name: 'list-versions', handler: listVersions },
  { method: 'GET', path: `${file}/versions/:version_id`, name: 'get-version', handler: getVersion },
  { method: 'POST', path: '/2.0/folders', name: 'create-folder', handler: createFolder },
  { method: 'GET', path: '/2.0/folders/trash/items', name: 'list-trash', handler: listTrash },
  { method: 'GET', path: folder, name: 'get-folder', handler: getFolder },
  { method: 'PUT', path: folder, name: 'update-folder', handler: updateFolder },
  { method: 'DELETE', path: folder, name: 'delete-folder', handler: deleteFolder },
  { method: 'POST', path: folder, name: 'restore-folder', handler: restoreTrashed('folder') },
  { method: 'GET', path: `${folder}/items`, name: 'list-items', handler: listItems },
  { method: 'GET', path: `${folder}/trash`, name: 'get-trashed-folder', handler: getTrashed('folder') },
  { method: 'DELETE', path: `${folder}/trash`, name: 'delete-trashed-folder', handler: deleteTrashed('folder') },
  { method: 'GET', path: '/2.0/users/me', name: 'current-user', handler: currentUser },
  { method: 'GET', path: '/2.0/events', name: 'list-events', handler: listEvents },
  { method: 'OPTIONS', path: '/2.0/events', name: 'long-poll-server', handler: longPollServer },
  { method: 'GET', path: '/realtime/subscribe', name: 'long-poll', handler: longPoll, open: true },
  { method: 'POST', path: '/oauth2/token', name: 'grant-token', handler: grantToken, open: true },
  { method: 'POST', path: '/oauth2/revoke', name: 'revoke-token', handler: revokeToken, open: true },
  { method: 'GET', path: '/oauth2/authorize', name: 'show-authorize', handler: showAuthorize, open: true },
  { method: 'POST', path: '/oauth2/authorize', name: 'decide-authorize', handler: decideAuthorize, open: true },
];
