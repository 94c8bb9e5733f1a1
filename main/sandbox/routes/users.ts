import type { Call } from '../http/call.ts';
import { json, type Reply } from '../http/reply.ts';
import { owner, timestamp } from '../state/representation.ts';
import type { Context } from './context.ts';

/** GET /users/me. Without a quota the space is the huge number that unlimited accounts show. */
export function currentUser(call: Call, { settings, items, tokens }: Context): Reply {
  const mini = { ...owner };
  const full: Record<string, unknown> = {
    created_at: timestamp(tokens.createdAtSeconds),
    modified_at: timestamp(tokens.createdAtSeconds),
    language: 'en',
    timezone: 'Etc/UTC',
    space_amount: settings.quota ?? 999_999_999_999_999,
    space_used: items.usedBytes,
    max_upload_size: settings.maxFile,
    status: 'active',
    job_title: '',
    phone: '',
    address: '',
    avatar_url: '',
    notification_email: null,
  };
  const fields = call.query.get('fields')?.split(',');
  if (!fields) return json(200, { ...mini, ...full });
  const chosen = Object.entries(full).filter(([name]) => fields.includes(name));
  return json(200, { ...mini, ...Object.fromEntries(chosen) });
}
