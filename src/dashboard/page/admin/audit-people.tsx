import { useState } from 'preact/hooks';
import type { AuditEntry } from '../../../client/index.ts';
import { othersWords } from '../../admin.ts';
import { t } from '../../strings/index.ts';
import { shortId } from '../../words.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import type { Session } from '../ui/open-session.ts';
import { LoadState, useLoad } from '../ui/use-load.tsx';

interface OthersProps {
  readonly session: Session;
  readonly entry: AuditEntry;
}

/** How many people more an entry is about than it names; who they are is read when somebody wants to know. */
export function Others({ session, entry }: OthersProps) {
  const [isOpen, setOpen] = useState(false);
  const words = othersWords(entry);
  if (words === '') return null;
  return (
    <>
      <Button look="quiet" onPress={() => setOpen(true)}>
        {words}
      </Button>
      <Dialog title={t('admin.audit_subject')} open={isOpen} onClose={() => setOpen(false)}>
        <People session={session} entryId={entry.id} />
      </Dialog>
    </>
  );
}

function People({ session, entryId }: { readonly session: Session; readonly entryId: string }) {
  const people = useLoad(session, (token) => session.http.access.auditPeople(token, entryId), [entryId]);
  return (
    <>
      <LoadState of={people} />
      <ul>
        {people.value?.map(({ userId, name, resourceId }) => (
          <li key={userId}>
            <Somebody id={userId} name={name} fallback={null} />
            {resourceId && <span class="soft"> {shortId(resourceId)}</span>}
          </li>
        ))}
      </ul>
    </>
  );
}

interface SomebodyProps {
  readonly id: string | null;
  readonly name: string | null | undefined;
  readonly fallback: string | null;
}

export function Somebody({ id, name, fallback }: SomebodyProps) {
  if (id === null) return <span class="soft">{fallback ?? ''}</span>;
  return <a href={`#tab=people&person=${id}`}>{name ?? shortId(id)}</a>;
}
