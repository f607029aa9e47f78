import type { Signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import type { AuditPage } from '../../../client/index.ts';
import { t } from '../../strings/index.ts';
import { shortId } from '../../words.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { hashSignal } from '../ui/hash.ts';
import type { Session } from '../ui/open-session.ts';
import { PeopleSearch } from './people-search.tsx';

const OUTCOMES = ['allowed', 'refused', 'failed'] as const;
/** What is asked stands in the address: a colleague can be sent there, and other parts lead to it. */
const FILTER = {
  actor: hashSignal('actor'),
  subject: hashSignal('subject'),
  action: hashSignal('action'),
  kind: hashSignal('kind'),
  outcome: hashSignal('outcome'),
  from: hashSignal('from'),
  to: hashSignal('to'),
};
/** Names of people who were chosen here; the address has only their ids. */
const names = new Map<string, string>();

const DAY_MS = 86_400_000;
const dayMs = (day: string | null) => (day === null ? undefined : Date.parse(`${day}T00:00`));

/** What the filters come to. */
export function asked(): AuditPage {
  const { actor, subject, action, kind, outcome, from, to } = FILTER;
  const toMs = dayMs(to.value);
  return {
    actorId: actor.value ?? undefined,
    subjectUserId: subject.value ?? undefined,
    action: action.value ?? undefined,
    resourceKind: kind.value ?? undefined,
    outcome: OUTCOMES.find((one) => one === outcome.value),
    fromMs: dayMs(from.value),
    toMs: toMs === undefined ? undefined : toMs + DAY_MS,
  };
}

interface FiltersProps {
  readonly session: Session;
  readonly onChanged: () => void;
}

export function AuditFilters({ session, onChanged }: FiltersProps) {
  const set = (which: Signal<string | null>) => (value: string) => {
    which.value = value === '' ? null : value;
    onChanged();
  };
  return (
    <form class="row filters" onSubmit={(event) => event.preventDefault()}>
      <PersonFilter
        session={session}
        label={t('admin.audit_actor')}
        title={t('admin.audit_choose_actor')}
        value={FILTER.actor}
        onSet={set(FILTER.actor)}
      />
      <PersonFilter
        session={session}
        label={t('admin.audit_subject')}
        title={t('admin.audit_choose_subject')}
        value={FILTER.subject}
        onSet={set(FILTER.subject)}
      />
      <TextFilter label={t('admin.audit_action')} value={FILTER.action} onSet={set(FILTER.action)} />
      <TextFilter label={t('admin.audit_kind')} value={FILTER.kind} onSet={set(FILTER.kind)} />
      <label class="field">
        <span>{t('admin.audit_outcome')}</span>
        <select
          value={FILTER.outcome.value ?? ''}
          onChange={({ currentTarget }) => set(FILTER.outcome)(currentTarget.value)}
        >
          <option value="">{t('admin.audit_outcome_all')}</option>
          {OUTCOMES.map((one) => (
            <option key={one} value={one}>
              {t(`admin.outcome_${one}`)}
            </option>
          ))}
        </select>
      </label>
      <DayFilter label={t('admin.audit_from')} value={FILTER.from} onSet={set(FILTER.from)} />
      <DayFilter label={t('admin.audit_to')} value={FILTER.to} onSet={set(FILTER.to)} />
    </form>
  );
}

interface FilterProps {
  readonly label: string;
  readonly value: Signal<string | null>;
  readonly onSet: (value: string) => void;
}

function TextFilter({ label, value, onSet }: FilterProps) {
  // It stays while the list comes in, which draws this anew.
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <label class="field">
      <span>{label}</span>
      <input
        maxLength={64}
        size={12}
        value={typed ?? value.value ?? ''}
        onInput={({ currentTarget }) => setTyped(currentTarget.value)}
        onChange={({ currentTarget }) => onSet(currentTarget.value.trim().toLowerCase().replaceAll(' ', '_'))}
        onBlur={() => setTyped(null)}
      />
    </label>
  );
}

const DayFilter = ({ label, value, onSet }: FilterProps) => (
  <label class="field">
    <span>{label}</span>
    <input
      type="date"
      value={value.value ?? ''}
      onChange={({ currentTarget }) => onSet(currentTarget.value)}
    />
  </label>
);

function PersonFilter({
  session,
  label,
  title,
  value,
  onSet,
}: FilterProps & { readonly session: Session; readonly title: string }) {
  const [isOpen, setOpen] = useState(false);
  const id = value.value;
  const who = id === null ? t('admin.audit_anybody') : (names.get(id) ?? shortId(id));
  return (
    <div class="field">
      <span>{label}</span>
      <span class="row">
        <Button label={`${label}: ${who}`} onPress={() => setOpen(true)}>
          {who}
        </Button>
        {id === null ? null : (
          <Button look="quiet" label={`${label}: ${t('admin.audit_clear')}`} onPress={() => onSet('')}>
            ×
          </Button>
        )}
      </span>
      <Dialog title={title} open={isOpen} onClose={() => setOpen(false)}>
        <PeopleSearch
          session={session}
          onChoose={(user) => {
            names.set(user.userId, user.name ?? user.email);
            onSet(user.userId);
            setOpen(false);
          }}
        />
      </Dialog>
    </div>
  );
}
