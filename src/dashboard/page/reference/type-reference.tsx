import type { FieldRow, OperationView, TypeView } from '../../reference.ts';
import { t } from '../../strings/index.ts';
import { Badge } from '../ui/badge.tsx';
import { type Column, Table } from '../ui/table.tsx';

/** What a type of record holds and what can be done with it. */
export function TypeReference({ type }: { readonly type: TypeView }) {
  const { name, about, fields, example, operations } = type;
  return (
    <article>
      <section class="panel">
        <h2>{name}</h2>
        <p>{about}</p>
        <Fields label={t('reference.fields', { type: name })} rows={fields} />
        {example === null ? null : (
          <>
            <h3>{t('reference.example')}</h3>
            <pre>{example}</pre>
          </>
        )}
      </section>
      {operations.map((operation) => (
        <Operation key={`${operation.method} ${operation.path}`} operation={operation} />
      ))}
    </article>
  );
}

function Operation({ operation }: { readonly operation: OperationView }) {
  const { method, path, summary, parameters, body, answers } = operation;
  const of = `${method} ${path}`;
  return (
    <section class="panel">
      <h3>
        <Badge tone={method === 'GET' ? 'good' : 'busy'}>{method}</Badge> <code>{path}</code>
      </h3>
      <p>{summary}</p>
      {parameters.length === 0 ? null : (
        <Fields label={t('reference.parameters', { of })} rows={parameters} isShort />
      )}
      {body.length === 0 ? null : <Fields label={t('reference.body', { of })} rows={body} />}
      <dl>
        {answers.map(({ status, text }) => (
          <div key={status}>
            <dt>{status}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

interface FieldsProps {
  readonly label: string;
  readonly rows: readonly FieldRow[];
  /** Nothing in it has to be said. */
  readonly isShort?: boolean;
}

function Fields({ label, rows, isShort = false }: FieldsProps) {
  const columns: Column<FieldRow>[] = [
    { label: t('reference.name'), cell: ({ name }) => <code>{name}</code> },
    { label: t('reference.kind'), cell: ({ kind }) => kind },
    { label: t('reference.about'), cell: ({ about }) => about },
  ];
  if (!isShort)
    columns.push({
      label: t('reference.always'),
      cell: ({ isRequired }) => (isRequired ? t('reference.yes') : ''),
    });
  return (
    <>
      <p class="caption">{label}</p>
      <Table label={label} columns={columns} rows={rows} keyOf={({ name }) => name} empty="" />
    </>
  );
}
