import { useMemo, useState } from 'preact/hooks';
import { type Change, jsonDiff, parseJson, valueText } from '../../json-diff.ts';
import { momentText } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';
import { shortId } from '../../words.ts';
import { problemWords } from '../session.ts';
import { Button } from '../ui/button.tsx';
import { confirmed } from '../ui/dialog.tsx';
import type { Session } from '../ui/open-session.ts';
import { type Column, Table } from '../ui/table.tsx';
import { toast } from '../ui/toast.tsx';
import { LoadState, useLoad } from '../ui/use-load.tsx';

const CHANGES: readonly Column<Change>[] = [
  { label: t('admin.policy_place'), cell: ({ path }) => <code>{path}</code> },
  { label: t('admin.policy_before'), cell: ({ before }) => <del>{valueText(before)}</del> },
  { label: t('admin.policy_after'), cell: ({ after }) => <ins>{valueText(after)}</ins> },
];

const written = (body: unknown) => JSON.stringify(body, null, 2);

interface Kept {
  readonly version: number;
  readonly body: unknown;
  readonly createdAtMs: number;
  readonly createdBy: string | null;
}

/** The rule by which responders are chosen: what is in force, what was, and putting another into force. */
export function Policy({ session }: { readonly session: Session }) {
  const { http } = session;
  const policies = useLoad(
    session,
    async (token) => {
      const [now, all] = await Promise.all([http.policy(token), http.policyHistory(token)]);
      return { now, all };
    },
    [],
  );
  if (!policies.value) return <LoadState of={policies} />;
  const { now, all } = policies.value;
  return (
    <section class="policy" aria-labelledby="policy-title">
      <h2 id="policy-title">{t('admin.policy_current', { version: now.version })}</h2>
      <Editor key={now.version} session={session} now={now} all={all} onSet={policies.reload} />
    </section>
  );
}

interface EditorProps {
  readonly session: Session;
  readonly now: { readonly version: number; readonly body: unknown };
  readonly all: readonly Kept[];
  readonly onSet: () => Promise<void>;
}

function Editor({ session, now, all, onSet }: EditorProps) {
  const [text, setText] = useState(() => written(now.body));
  const [problem, setProblem] = useState('');
  const parsed = useMemo(() => parseJson(text), [text]);
  const changes = useMemo(() => (parsed.ok ? jsonDiff(now.body, parsed.value) : []), [parsed, now]);
  const put = async () => {
    if (!parsed.ok) return;
    const question = {
      title: t('admin.policy_set_title'),
      text: `${t('admin.policy_set_text')} ${t('admin.policy_changes', { n: changes.length })}: ${changes.map(({ path }) => path).join(', ')}`,
      action: t('admin.policy_set_action'),
    };
    if (!(await confirmed(question))) return;
    try {
      const latest = await session.act((token) => session.http.policy(token));
      if (latest.version !== now.version) {
        toast(t('admin.policy_moved', { version: latest.version }), { tone: 'problem' });
        return await onSet();
      }
      const { version } = await session.act((token) => session.http.setPolicy(token, parsed.value));
      setProblem('');
      toast(t('admin.policy_done', { version }));
      await onSet();
    } catch (error) {
      const detail = (error as { detail?: string }).detail;
      setProblem(detail ? `${problemWords(error)} ${detail}` : problemWords(error));
    }
  };
  return (
    <div class="editor">
      <div>
        <label class="field">
          <span>{t('admin.policy_edit')}</span>
          <textarea
            class="code"
            rows={24}
            spellcheck={false}
            value={text}
            aria-invalid={!parsed.ok}
            aria-describedby="policy-problem"
            onInput={({ currentTarget }) => setText(currentTarget.value)}
          />
        </label>
        <p id="policy-problem" class="problem" role="alert">
          {parsed.ok ? problem : jsonProblem(parsed)}
        </p>
        <div class="row">
          <Button look="primary" disabled={!parsed.ok || changes.length === 0} onPress={put}>
            {t('admin.policy_set')}
          </Button>
          <Button look="quiet" disabled={changes.length === 0} onPress={() => setText(written(now.body))}>
            {t('admin.policy_reset')}
          </Button>
        </div>
      </div>
      <div>
        <h3>{t('admin.policy_changes', { n: changes.length })}</h3>
        <Table
          label={t('admin.policy_changes', { n: changes.length })}
          columns={CHANGES}
          rows={changes}
          keyOf={({ path }) => path}
          empty={t('admin.policy_same')}
        />
        <Versions all={all} onLoad={(body) => setText(written(body))} />
      </div>
    </div>
  );
}

function Versions({
  all,
  onLoad,
}: {
  readonly all: readonly Kept[];
  readonly onLoad: (body: unknown) => void;
}) {
  return (
    <>
      <h3>{t('admin.policy_versions')}</h3>
      <ol class="list">
        {all.map(({ version, body, createdAtMs, createdBy }) => (
          <li key={version} class="row">
            <span class="grow">
              <b>{t('admin.policy_version', { version })}</b>{' '}
              <span class="soft small">
                {momentText(createdAtMs)}{' '}
                {createdBy === null
                  ? t('admin.policy_first')
                  : t('admin.policy_by', { who: shortId(createdBy) })}
              </span>
            </span>
            <Button look="quiet" onPress={() => onLoad(body)}>
              {t('admin.policy_load')}
            </Button>
          </li>
        ))}
      </ol>
    </>
  );
}

function jsonProblem({
  line,
  column,
}: {
  readonly line: number | null;
  readonly column: number | null;
}): string {
  return line === null || column === null
    ? t('admin.policy_wrong_somewhere')
    : t('admin.policy_wrong', { line, column });
}
