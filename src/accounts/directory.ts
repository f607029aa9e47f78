import { isUuid } from '../lib/ids.ts';
import { ok, type Result, refused } from '../lib/result.ts';
import type { PeopleContext } from './people-context.ts';
import { FIND_USERS, type FoundRow } from './sql/directory.ts';
import { allowed } from './standing.ts';
import type { Grant, Principal } from './types.ts';

export interface FoundUser {
  readonly userId: string;
  readonly name: string | null;
  readonly email: string;
  readonly status: 'active' | 'suspended' | 'deactivated';
  readonly grants: readonly Grant[];
}

export interface Directory {
  /** Admin only: by a part of the name, the beginning of the address, or the id; by name. */
  findUsers(
    by: Principal,
    asked: { readonly text: string; readonly limit: number },
  ): Promise<Result<readonly FoundUser[], 'forbidden'>>;
}

export function openDirectory(context: PeopleContext): Directory {
  return {
    async findUsers(by, { text, limit }) {
      if (!(await allowed(context, by, 'search', 'account'))) return refused('forbidden');
      const typed = text.trim().toLowerCase();
      const asked = [isUuid(typed) ? typed : null, literally(typed), limit];
      const rows = await context.db.query<FoundRow>(FIND_USERS, asked);
      return ok(rows.map(({ id, ...row }) => ({ userId: id, ...row })));
    },
  };
}

/** What LIKE reads as signs of its own stands for itself. */
const literally = (text: string) => text.replace(/[\\%_]/g, '\\$&');
