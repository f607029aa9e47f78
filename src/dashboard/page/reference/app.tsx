import './reference.css';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { matching, type OpenApiDocument, typesIn } from '../../reference.ts';
import { t } from '../../strings/index.ts';
import { hashSignal } from '../ui/hash.ts';
import { ThemeSwitch } from '../ui/theme.tsx';
import { TypeReference } from './type-reference.tsx';

const ADDRESS = '/v1/openapi.json';
const READ_WITHIN_MS = 20_000;
/** A node that has much to do puts this off. */
const AGAIN_AFTER_MS = 5_000;
const shown = hashSignal('type');

async function read(): Promise<OpenApiDocument> {
  const answer = await fetch(ADDRESS, { signal: AbortSignal.timeout(READ_WITHIN_MS) });
  if (!answer.ok) throw new Error(`${ADDRESS}: ${answer.status}`);
  return answer.json() as Promise<OpenApiDocument>;
}

/** The OpenAPI document for those who read: one type of record at a time. Needs no account, as the document does not. */
export function ReferencePage() {
  const document = useSignal<OpenApiDocument | null>(null);
  const isAway = useSignal(false);
  useEffect(() => {
    let isGone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = async () => {
      const found = await read().catch(() => null);
      if (isGone) return;
      document.value = found;
      isAway.value = found === null;
      if (found === null) timer = setTimeout(load, AGAIN_AFTER_MS);
    };
    void load();
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, []);
  return (
    <div class="shell" data-full="false">
      <header class="bar">
        <p class="brand">{t('ui.brand')}</p>
        <div class="strip">
          <a href={ADDRESS}>{t('reference.document')}</a>
        </div>
        <ThemeSwitch />
      </header>
      <main>
        <h1>{t('reference.title')}</h1>
        <p class="problem" role="alert">
          {isAway.value ? t('reference.away') : ''}
        </p>
        {document.value ? (
          <Reference document={document.value} />
        ) : (
          <p class="empty">{isAway.value ? '' : t('ui.connecting')}</p>
        )}
      </main>
    </div>
  );
}

function Reference({ document }: { readonly document: OpenApiDocument }) {
  const word = useSignal('');
  const types = typesIn(document);
  const found = matching(types, word.value);
  const type = types.find(({ name }) => name === shown.value) ?? types[0];
  return (
    <>
      <p class="reference-about">{document.info.description}</p>
      <div class="reference">
        <nav aria-label={t('reference.types')}>
          <label class="field">
            {t('reference.search')}
            <input
              type="search"
              value={word.value}
              onInput={({ currentTarget }) => {
                word.value = currentTarget.value;
              }}
            />
          </label>
          <p class="small soft" role="status">
            {t('reference.found', { n: found.length })}
          </p>
          <ul>
            {found.map(({ name }) => (
              <li key={name}>
                <a href={`#type=${name}`} aria-current={name === type?.name ? 'true' : undefined}>
                  {name}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        {type ? <TypeReference key={type.name} type={type} /> : null}
      </div>
    </>
  );
}
