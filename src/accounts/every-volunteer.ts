import type { Accounts, VolunteerState } from './types.ts';

const AT_ONCE = 1_000;

/** What accounts say of everybody who offers help: the read model that matching starts from. */
export async function everyVolunteer(
  { volunteersPage }: Pick<Accounts, 'volunteersPage'>,
  tell: (state: VolunteerState) => void,
): Promise<void> {
  for (let after: string | null = null; ; ) {
    const page: readonly VolunteerState[] = await volunteersPage(after, AT_ONCE);
    for (const state of page) tell(state);
    const last = page.at(-1);
    if (!last || page.length < AT_ONCE) return;
    after = last.userId;
  }
}
