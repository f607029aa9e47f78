import type { SosView } from '../../../client/index.ts';
import { coordinateText } from '../../place-words.ts';
import { t } from '../../strings/index.ts';
import { shortId } from '../../words.ts';
import { standingOf } from '../../work-list.ts';
import { Badge } from '../ui/badge.tsx';
import { Age } from '../ui/times.tsx';
import type { Desk } from './desk.ts';

interface HeadProps {
  readonly desk: Desk;
  readonly sos: SosView;
  readonly onClose: () => void;
}

const TONES = { CRITICAL: 'critical', HIGH: 'high', MEDIUM: 'medium', LOW: 'low' } as const;

/** What it is, where, of whom, and whose it is. */
export function SosHead({ desk, sos, onClose }: HeadProps) {
  return (
    <header class="sos-head">
      <div class="flow">
        <h2 id="sos-title">{t(`work.type_${sos.emergencyType}`)}</h2>
        <Badge tone={TONES[sos.priority]} strong={sos.priority === 'CRITICAL'}>
          {t(`work.priority_${sos.priority}`)}
        </Badge>
        <Badge tone={sos.status === 'ESCALATED' ? 'critical' : 'plain'}>{standingWords(sos)}</Badge>
        {sos.isDrill ? <Badge tone="busy">{t('work.drill')}</Badge> : null}
        {sos.isProvisional ? <Badge tone="high">{t('work.unsaved')}</Badge> : null}
        {sos.origin === 'machine' ? <Badge>{t('work.machine')}</Badge> : null}
        <span class="space" />
        <button type="button" class="button quiet" aria-label={t('incident.close')} onClick={onClose}>
          ×
        </button>
      </div>
      <p class="soft small">
        {t('incident.number', { id: shortId(sos.sosId) })} · <Age sinceMs={sos.createdAtMs} ago />
      </p>
      {sos.isProvisional ? (
        <p class="notice" data-tone="warning" role="status">
          {t('incident.unsaved')}
        </p>
      ) : null}
      {sos.description ? <p class="said">{sos.description}</p> : null}
      <dl class="facts">
        <div>
          <dt>{t('incident.place')}</dt>
          <dd>
            {sos.addressText ? `${sos.addressText} · ` : ''}
            <span class="soft">{coordinateText(sos.point)}</span>
          </dd>
        </div>
        <Caller desk={desk} sos={sos} />
        <div>
          <dt>{t('incident.owner')}</dt>
          <dd>{sos.ownerId ? desk.names.nameOf(sos.ownerId) : t('incident.owner_none')}</dd>
        </div>
        {sos.handOff ? (
          <div>
            <dt>{t('incident.cmd_hand_off')}</dt>
            <dd>{t(`incident.hand_off_${sos.handOff}`)}</dd>
          </div>
        ) : null}
        <Related desk={desk} label={t('incident.duplicates')} ids={sos.duplicates ?? []} />
        <Related desk={desk} label={t('incident.merged_into')} ids={sos.mergedInto ? [sos.mergedInto] : []} />
      </dl>
    </header>
  );
}

function standingWords(sos: SosView): string {
  if (sos.status === 'RESOLVED' || sos.status === 'CANCELLED') return t(`replay.status_${sos.status}`);
  return t(`work.standing_${standingOf({ kind: 'sos', id: sos.sosId, sos })}`);
}

function Caller({ desk, sos }: Pick<HeadProps, 'desk' | 'sos'>) {
  const { requesterId, callbackNumber } = sos;
  const name = requesterId === null ? t('incident.unknown_caller') : desk.names.nameOf(requesterId);
  const phone =
    callbackNumber ?? (requesterId === null ? null : (desk.names.known(requesterId)?.phone ?? null));
  return (
    <div>
      <dt>{t('incident.requester')}</dt>
      <dd>
        {name}
        {phone ? (
          <>
            {' · '}
            <a href={`tel:${phone.replaceAll(/[^+\d]/g, '')}`}>
              {t('incident.call_back', { number: phone })}
            </a>
          </>
        ) : null}
      </dd>
    </div>
  );
}

function Related({
  desk,
  label,
  ids,
}: {
  readonly desk: Desk;
  readonly label: string;
  readonly ids: readonly string[];
}) {
  if (ids.length === 0) return null;
  return (
    <div>
      <dt>{label}</dt>
      <dd class="related">
        {ids.map((id) => (
          <button
            key={id}
            type="button"
            class="button quiet"
            onClick={() => {
              desk.store.selectedSosId.value = id;
            }}
          >
            {shortId(id)}
          </button>
        ))}
      </dd>
    </div>
  );
}
