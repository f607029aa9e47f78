import { useState } from 'preact/hooks';
import type { DecisionView, Profile, WaitingVerification } from '../../../client/index.ts';
import { momentText } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';
import { plainWords } from '../../words.ts';
import { problemWords } from '../session.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import type { Session } from '../ui/open-session.ts';
import { toast } from '../ui/toast.tsx';
import { LoadState, useLoad } from '../ui/use-load.tsx';
import { DocumentList } from './documents.tsx';

interface DecideProps {
  readonly session: Session;
  readonly waiting: WaitingVerification;
  readonly onDecided: () => Promise<void>;
}

/** Who it is, what was handed in, what was decided before, and the decision. */
export function Decide({ session, waiting, onDecided }: DecideProps) {
  const { http } = session;
  const { userId, role } = waiting;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [note, setNote] = useState('');
  const [problem, setProblem] = useState('');
  const about = useLoad(
    session,
    async (token) => {
      const [profile, documents, decisions] = await Promise.all([
        http.people.profile(token, userId),
        http.documents.of(token, userId),
        http.people.decisions(token, userId),
      ]);
      return { profile, documents: documents.filter((one) => one.role === role), decisions };
    },
    [userId, role],
  );
  const name = waiting.name ?? t('admin.no_name');
  const decide = async (verified: boolean) => {
    if (!verified && note.trim() === '') return setProblem(t('admin.decision_note_missing'));
    if (verified && role === 'professional' && chosen.size === 0)
      return setProblem(t('admin.decision_documents_missing'));
    setProblem('');
    const body = { verified, documentIds: [...chosen], note: note.trim() || null };
    const send = (decision: typeof body) =>
      session.act((token) => http.people.decide(token, userId, role, decision));
    try {
      await send(body);
    } catch (error) {
      return setProblem(problemWords(error));
    }
    const undo = async () => {
      await send({ verified: false, documentIds: [], note: t('admin.taken_back') });
      await onDecided();
    };
    if (verified) toast(t('admin.approved_done', { name }), { undo });
    else toast(t('admin.refused_done', { name }));
    await onDecided();
  };
  if (!about.value) return <LoadState of={about} />;
  const { profile, documents, decisions } = about.value;
  return (
    <article class="panel decide" aria-label={name}>
      <header class="row">
        <h3 class="grow">{name}</h3>
        <Badge tone="low">{t(`admin.role_${role}`)}</Badge>
      </header>
      <WhoItIs profile={profile} />
      <DocumentList
        session={session}
        userId={userId}
        documents={documents}
        chosen={chosen}
        onChoose={(id, isChosen) => {
          const next = new Set(chosen);
          if (isChosen) next.add(id);
          else next.delete(id);
          setChosen(next);
        }}
      />
      <DecidedBefore decisions={decisions.filter((one) => one.role === role)} />
      <label class="field">
        <span>{t('admin.decision_note')}</span>
        <textarea
          rows={2}
          maxLength={1_000}
          value={note}
          aria-describedby="note-help"
          onInput={({ currentTarget }) => setNote(currentTarget.value)}
        />
      </label>
      <p id="note-help" class="soft small">
        {t('admin.decision_note_help')}
      </p>
      <p class="problem" role="alert">
        {problem}
      </p>
      <div class="row">
        <Button look="primary" onPress={() => decide(true)}>
          {t('admin.approve')}
        </Button>
        <Button look="danger" onPress={() => decide(false)}>
          {t('admin.refuse')}
        </Button>
      </div>
    </article>
  );
}

function WhoItIs({ profile: { email, phone, professional } }: { readonly profile: Profile }) {
  const facts: readonly (readonly [label: string, value: string | null])[] = [
    [t('admin.email'), phone ? `${email} · ${phone}` : email],
    ...(professional
      ? ([
          [t('admin.profession'), plainWords(professional.profession)],
          [t('admin.license'), professional.licenseNumber],
          [t('admin.specialization'), professional.specialization],
          [t('admin.affiliation'), professional.hospitalAffiliation],
        ] as const)
      : []),
  ];
  return (
    <dl class="facts">
      {facts.map(([label, value]) =>
        value === null ? null : (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

function DecidedBefore({ decisions }: { readonly decisions: readonly DecisionView[] }) {
  if (decisions.length === 0) return null;
  return (
    <section>
      <h4>{t('admin.decided_before')}</h4>
      <ul class="list">
        {decisions.map(({ id, verified, note, decidedAtMs }) => (
          <li key={id}>
            <Badge tone={verified ? 'good' : 'high'}>
              {verified ? t('admin.decided_verified') : t('admin.decided_refused')}
            </Badge>{' '}
            <span class="soft small">{momentText(decidedAtMs)}</span> {note}
          </li>
        ))}
      </ul>
    </section>
  );
}
