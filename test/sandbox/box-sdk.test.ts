// The referee: Box's official SDK against the sandbox, over HTTP. What it expects of Box, the sandbox must do.
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { BoxClient, BoxDeveloperTokenAuth, BoxOAuth, OAuthConfig } from 'box-node-sdk';
import { BoxApiError, type ResponseInfo } from 'box-node-sdk/box';
import { BaseUrls, NetworkSession } from 'box-node-sdk/networking';
import type { FileFull, Files, UploadUrl } from 'box-node-sdk/schemas';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endBox, openBox, sha1Hex, type TestBox } from './raw-client.ts';

let box: TestBox;
let client: BoxClient;

const network = (): NetworkSession => {
  const origin = `http://127.0.0.1:${box.ready.port}`;
  return new NetworkSession({
    baseUrls: new BaseUrls({ baseUrl: origin, uploadUrl: `${origin}/api`, oauth2Url: `${origin}/oauth2` }),
  });
};

const only = ({ entries = [] }: Files): FileFull => {
  expect(entries).toHaveLength(1);
  return entries[0] as FileFull;
};
const small = async (name: string, bytes: Buffer, parent = '0'): Promise<FileFull> =>
  only(await client.uploads.uploadFile({ attributes: { name, parent: { id: parent } }, file: Readable.from([bytes]) }));

/** What Box answered to a call that it refused. */
const refusal = async (work: Promise<unknown>): Promise<ResponseInfo> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof BoxApiError) return error.responseInfo;
    throw error;
  }
  throw new Error('The call should have failed');
};

beforeAll(async () => {
  box = await openBox();
  client = new BoxClient({ auth: new BoxDeveloperTokenAuth({ token: box.ready.token }), networkSession: network() });
});
afterAll(() => endBox(box));

describe("Box's SDK", () => {
  it('knows who it is', async () => {
    expect((await client.users.getUserMe()).id).toBeTruthy();
  });

  it('uploads a small file, and downloads it', async () => {
    const bytes = randomBytes(20_000);
    const file = await small('small.bin', bytes);
    expect(file.sha1).toBe(sha1Hex(bytes));
    const stream = (await client.downloads.downloadFile(file.id)) as unknown as Readable;
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    expect(sha1Hex(Buffer.concat(chunks))).toBe(sha1Hex(bytes));
  });

  it('reads the members that come only by fields', async () => {
    const { id } = await small('permitted.bin', randomBytes(10));
    const fields = ['permissions', 'version_number', 'lock', 'tags', 'size'];
    const file = await client.files.getFileById(id, { queryParams: { fields } });
    expect(file.permissions).toMatchObject({ canUpload: true, canPreview: true });
    const folder = await client.folders.getFolderById('0', { queryParams: { fields } });
    expect(folder.permissions).toMatchObject({ canUpload: true, canInviteCollaborator: true });
  });

  it('uploads an empty file', async () => {
    const file = await small('empty.bin', Buffer.alloc(0));
    expect(file).toMatchObject({ size: 0, sha1: 'da39a3ee5e6b4b0d3255bfef95601890afd80709' });
  });

  it('uploads 64 MB with uploadBigFile', async () => {
    const block = randomBytes(2 ** 20);
    const hash = createHash('sha1');
    for (let index = 0; index < 61; index++) hash.update(block);
    const stream = Readable.from(Array.from({ length: 61 }, () => block));
    const file = await client.chunkedUploads.uploadBigFile(stream, 'big.bin', 61 * 2 ** 20, '0');
    expect(file).toMatchObject({ name: 'big.bin', size: 61 * 2 ** 20, sha1: hash.digest('hex') });
  });

  it('uploads a new version, and is refused with a stale etag', async () => {
    const first = await small('versioned.bin', Buffer.from('one'));
    const upload = async (ifMatch: string, text: string): Promise<FileFull> =>
      only(
        await client.uploads.uploadFileVersion(
          first.id,
          { attributes: { name: 'versioned.bin' }, file: Readable.from([Buffer.from(text)]) },
          { headers: { ifMatch } },
        ),
      );
    const second = await upload(first.etag ?? '', 'two');
    expect(second.id).toBe(first.id);
    expect(second.etag).not.toBe(first.etag);
    expect((await refusal(upload(first.etag ?? '', 'three'))).statusCode).toBe(412);
    const versions = await client.fileVersions.getFileVersions(first.id);
    expect(versions.entries?.map((version) => version.sha1)).toEqual([sha1Hex(Buffer.from('one'))]);
  });

  it('walks through a session by hand: parts, list, abort', async () => {
    const session = await client.chunkedUploads.createFileUploadSession({
      fileName: 'by-hand.bin',
      fileSize: 20 * 2 ** 20,
      folderId: '0',
    });
    expect(session).toMatchObject({ partSize: 8 * 2 ** 20, totalParts: 3, numPartsProcessed: 0 });
    const part = randomBytes(session.partSize ?? 0);
    const digest = 'sha=' + createHash('sha1').update(part).digest('base64');
    const { part: stored } = await client.chunkedUploads.uploadFilePart(session.id ?? '', Readable.from([part]), {
      digest,
      contentRange: `bytes 0-${part.length - 1}/${20 * 2 ** 20}`,
    });
    expect(stored).toMatchObject({ offset: 0, size: part.length, sha1: sha1Hex(part) });
    const list = await client.chunkedUploads.getFileUploadSessionParts(session.id ?? '');
    expect(list.entries).toHaveLength(1);
    expect(list.totalCount).toBe(1);
    expect((await client.chunkedUploads.getFileUploadSessionById(session.id ?? '')).numPartsProcessed).toBe(1);
    await client.chunkedUploads.deleteFileUploadSessionById(session.id ?? '');
    const gone = await refusal(client.chunkedUploads.getFileUploadSessionById(session.id ?? ''));
    expect(gone.statusCode).toBe(404);
  });

  it('creates, lists, renames, moves and deletes folders', async () => {
    const outer = await client.folders.createFolder({ name: 'Outer', parent: { id: '0' } });
    const inner = await client.folders.createFolder({ name: 'Inner', parent: { id: outer.id } });
    await small('inside.txt', Buffer.from('inside'), inner.id);
    const items = await client.folders.getFolderItems(outer.id);
    expect(items.entries?.map((entry) => [entry.type, entry.id])).toEqual([['folder', inner.id]]);
    const renamed = await client.folders.updateFolderById(inner.id, { requestBody: { name: 'Renamed' } });
    expect(renamed.name).toBe('Renamed');
    const moved = await client.folders.updateFolderById(inner.id, { requestBody: { parent: { id: '0' } } });
    expect(moved.parent?.id).toBe('0');
    expect((await refusal(client.folders.createFolder({ name: 'outer', parent: { id: '0' } }))).body).toMatchObject({
      code: 'item_name_in_use',
    });
    expect((await refusal(client.folders.deleteFolderById(inner.id))).statusCode).toBe(400);
    await client.folders.deleteFolderById(inner.id, { queryParams: { recursive: true } });
    await client.folders.deleteFolderById(outer.id);
  });

  it('puts a file in the trash, finds it there, restores it, and deletes it for good', async () => {
    const file = await small('trash-me.txt', Buffer.from('x'));
    await client.files.deleteFileById(file.id);
    expect((await refusal(client.files.getFileById(file.id))).statusCode).toBe(404);
    const trash = await client.trashedItems.getTrashedItems();
    expect(trash.entries?.map((entry) => entry.id)).toContain(file.id);
    expect((await client.trashedFiles.getTrashedFileById(file.id)).itemStatus).toBe('trashed');
    const restored = await client.trashedFiles.restoreFileFromTrash(file.id);
    expect(restored).toMatchObject({ id: file.id, itemStatus: 'active' });
    await client.files.deleteFileById(file.id);
    await client.trashedFiles.deleteTrashedFileById(file.id);
    expect((await refusal(client.trashedFiles.getTrashedFileById(file.id))).statusCode).toBe(404);
  });

  it('hears of a conflict before it uploads', async () => {
    const file = await small('taken.txt', Buffer.from('taken'));
    const check = (name: string): Promise<UploadUrl> =>
      client.uploads.preflightFileUploadCheck({ name, size: 5, parent: { id: '0' } });
    const conflict = await refusal(check('TAKEN.txt'));
    expect(conflict).toMatchObject({ statusCode: 409 });
    expect(conflict.contextInfo?.['conflicts']).toMatchObject({ id: file.id, sha1: file.sha1 });
    expect((await check('free.txt')).uploadUrl).toContain('/files/content');
  });

  it('signs in with a code, refreshes once per refresh token, and revokes', async () => {
    const auth = new BoxOAuth({
      config: new OAuthConfig({ clientId: box.ready.client_id, clientSecret: box.ready.client_secret }),
    });
    const redirect_uri = 'http://127.0.0.1:9/callback';
    const query = { response_type: 'code', client_id: box.ready.client_id, redirect_uri, state: 'x' };
    const granted = await box.send(
      'POST',
      box.ready.authorize,
      new URLSearchParams({ ...query, decision: 'grant' }).toString(),
    );
    const code = new URL(String(granted.headers['location'])).searchParams.get('code') ?? '';
    const session = network();
    const first = await auth.getTokensAuthorizationCodeGrant(code, session);
    const signedIn = new BoxClient({ auth, networkSession: session });
    expect((await signedIn.users.getUserMe()).type).toBe('user');
    const second = await auth.refreshToken(session);
    expect(second.accessToken).not.toBe(first.accessToken);
    expect((await signedIn.users.getUserMe()).type).toBe('user');
    const reused = await box.send(
      'POST',
      `${box.ready.auth}/token`,
      new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: first.refreshToken ?? '',
        client_id: box.ready.client_id,
        client_secret: box.ready.client_secret,
      }).toString(),
    );
    expect(reused).toMatchObject({ status: 400, json: { error: 'invalid_grant' } });
    await auth.revokeToken(session);
    expect(
      (await box.api('GET', '/users/me', undefined, { authorization: `Bearer ${second.accessToken}` })).status,
    ).toBe(401);
  });

  it('follows the event stream', async () => {
    const { nextStreamPosition } = await client.events.getEvents({ streamPosition: 'now' });
    const file = await small('event.txt', Buffer.from('event'));
    const { entries } = await client.events.getEvents({ streamPosition: String(nextStreamPosition) });
    expect(entries?.map((event) => [event.eventType, (event.source as FileFull).id])).toEqual([
      ['ITEM_UPLOAD', file.id],
    ]);
  });
});
