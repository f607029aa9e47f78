import type { Grant } from '../../../client/index.ts';
import { t } from '../../strings/index.ts';
import { Badge } from '../ui/badge.tsx';

export const GRANTS: readonly Grant[] = [
  'patient',
  'volunteer',
  'professional',
  'dispatcher',
  'hospital_authority',
  'staff',
  'admin',
];

/** Rights that let somebody see or change what is others', which should stand out. */
const MIGHTY: ReadonlySet<Grant> = new Set(['dispatcher', 'admin']);

export const GrantList = ({ grants }: { readonly grants: readonly Grant[] }) => (
  <span class="grants">
    {grants.length === 0 ? t('admin.none') : null}
    {grants.map((grant) => (
      <Badge key={grant} tone={MIGHTY.has(grant) ? 'busy' : 'low'}>
        {t(`ui.grant_${grant}`)}
      </Badge>
    ))}
  </span>
);
