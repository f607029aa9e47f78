import { useState } from 'preact/hooks';
import type { DocumentContent, DocumentView } from '../../../client/index.ts';
import { momentText } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';
import { plainWords } from '../../words.ts';
import { Button } from '../ui/button.tsx';
import { saveBytes } from '../ui/download.ts';
import type { Session } from '../ui/open-session.ts';

interface ListProps {
  readonly session: Session;
  readonly userId: string;
  readonly documents: readonly DocumentView[];
  readonly chosen: ReadonlySet<string>;
  readonly onChoose: (id: string, isChosen: boolean) => void;
}

/** What was handed in. A document is read only when somebody asks for it, because each reading is on record. */
export function DocumentList({ documents, ...shared }: ListProps) {
  return (
    <section>
      <h4>{t('admin.documents')}</h4>
      {documents.length === 0 ? <p class="soft">{t('admin.documents_none')}</p> : null}
      <ul class="list documents">
        {documents.map((document) => (
          <Document key={document.id} document={document} {...shared} />
        ))}
      </ul>
    </section>
  );
}

type DocumentProps = Omit<ListProps, 'documents'> & { readonly document: DocumentView };

function Document({ session, userId, document: { id, ...document }, chosen, onChoose }: DocumentProps) {
  const [picture, setPicture] = useState<string | null>(null);
  const name = document.fileName || plainWords(document.documentType);
  const isPicture = document.mediaType.startsWith('image/');
  const read = () => session.act((token) => session.http.documents.readOf(token, userId, id));
  return (
    <li>
      <div class="row">
        <label class="grow inline">
          <input
            type="checkbox"
            checked={chosen.has(id)}
            aria-label={t('admin.document_from', { name })}
            onChange={({ currentTarget }) => onChoose(id, currentTarget.checked)}
          />
          <span>
            <b>{plainWords(document.documentType)}</b> {document.fileName}{' '}
            <span class="soft small">{momentText(document.uploadedAtMs)}</span>
          </span>
        </label>
        {isPicture ? (
          <Button
            expanded={picture !== null}
            onPress={async () => setPicture(picture === null ? dataUrlOf(await read()) : null)}
          >
            {t('admin.document_look')}
          </Button>
        ) : null}
        <Button onPress={async () => saveBytes(blobOf(await read()), name)}>
          {t('admin.document_download')}
        </Button>
      </div>
      {isPicture ? null : <p class="soft small">{t('admin.document_pdf')}</p>}
      {picture === null ? null : <img src={picture} alt={t('admin.document_of', { name })} />}
    </li>
  );
}

const blobOf = ({ mediaType, content }: DocumentContent) =>
  new Blob([new Uint8Array(content)], { type: mediaType });

const CHUNK = 0x8000;

/** The page's policy lets pictures come from nowhere else but itself and what is written into it. */
function dataUrlOf({ mediaType, content }: DocumentContent): string {
  let binary = '';
  for (let at = 0; at < content.length; at += CHUNK)
    binary += String.fromCharCode(...content.subarray(at, at + CHUNK));
  return `data:${mediaType};base64,${btoa(binary)}`;
}
