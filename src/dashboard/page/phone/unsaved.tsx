import type { SosView } from '../../../protocol/down.ts';
import { t } from '../../strings/index.ts';

/** The database is away: what happens is on a node's disk, and can turn out otherwise. */
export const Unsaved = ({ sos }: { readonly sos: SosView }) =>
  sos.isProvisional ? (
    <p class="notice" data-tone="warning" role="status">
      {t('phone.unsaved')}
    </p>
  ) : null;
