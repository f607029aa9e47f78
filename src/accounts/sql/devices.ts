import { sql } from '../../store/db.ts';
import type { DeviceApp, DeviceKind } from '../devices-types.ts';

/** $2: user, $3: life in ms. */
export const ADD_CODE = sql(
  'accounts_add_device_code',
  `insert into accounts.device_codes (code_hash, user_id, expires_at)
   values ($1, $2, now() + $3::float8 * interval '1 millisecond')
   returning expires_at`,
);

/** Keeps the newest $2 codes of a user. */
export const DROP_OLD_CODES = sql(
  'accounts_drop_old_device_codes',
  `delete from accounts.device_codes
    where code_hash in (select code_hash from accounts.device_codes where user_id = $1
                         order by expires_at desc, code_hash offset $2)`,
);

export const USE_CODE = sql(
  'accounts_use_device_code',
  `delete from accounts.device_codes c using accounts.users u
    where c.code_hash = $1 and c.expires_at > now() and u.id = c.user_id
   returning c.user_id, u.status`,
);

export const DEVICES_HELD = sql(
  'accounts_devices_held',
  'select count(*)::int as held from accounts.devices where user_id = $1 and revoked_at is null',
);

export const ADD_DEVICE = sql(
  'accounts_add_device',
  `insert into accounts.devices (id, user_id, name, kind, secret_hash, can_push, can_sound, would_not_ring)
   values ($1, $2, $3, $4, $5, $6, $7, $8)`,
);

/** $6: of the secret, $7: of what an app calls itself by, or null. */
export const ADD_APP_DEVICE = sql(
  'accounts_add_app_device',
  `insert into accounts.devices (id, user_id, name, kind, app, secret_hash, tracker_hash)
   values ($1, $2, $3, $4, $5, $6, $7)`,
);

export const TRACKER = sql(
  'accounts_tracker',
  `select d.id, d.user_id, u.status
     from accounts.devices d join accounts.users u on u.id = d.user_id
    where d.tracker_hash = $1 and d.revoked_at is null`,
);

export interface DeviceRow {
  readonly id: string;
  readonly name: string;
  readonly kind: DeviceKind;
  readonly app: DeviceApp | null;
  readonly can_push: boolean | null;
  readonly can_sound: boolean | null;
  readonly would_not_ring: string | null;
  readonly battery_pct: number | null;
  readonly last_contact_at: number | null;
  readonly paired_at: number;
}

export const DEVICES_OF = sql(
  'accounts_devices_of',
  `select id, name, kind, app, can_push, can_sound, would_not_ring, battery_pct, last_contact_at, paired_at
     from accounts.devices where user_id = $1 and revoked_at is null
    order by paired_at desc, id desc`,
);

/** $2: who asks; $3: whether they may see anybody's. */
export const FIND_DEVICE = sql(
  'accounts_find_device',
  `select id, user_id, name, kind, app, can_push, can_sound, would_not_ring, battery_pct, last_contact_at, paired_at
     from accounts.devices where id = $1 and revoked_at is null and (user_id = $2 or $3)`,
);

/** $2: who asks; $3: whether they may revoke anybody's. */
export const REVOKE_DEVICE = sql(
  'accounts_revoke_device',
  `update accounts.devices set revoked_at = now(), revoked_by = $2
    where id = $1 and revoked_at is null and (user_id = $2 or $3)
   returning user_id`,
);

export const SET_CAPABILITIES = sql(
  'accounts_set_device_capabilities',
  `update accounts.devices set can_push = $3, can_sound = $4, would_not_ring = $5
    where id = $1 and user_id = $2 and revoked_at is null
   returning id`,
);

export const DEVICE_SECRET = sql(
  'accounts_device_secret',
  `select d.user_id, d.secret_hash, u.status
     from accounts.devices d join accounts.users u on u.id = d.user_id
    where d.id = $1 and d.revoked_at is null`,
);

export const DEVICE_OWNER = sql(
  'accounts_device_owner',
  'select user_id from accounts.devices where id = $1 and revoked_at is null',
);

/** One row per device: ids, users, times in ms, batteries (null: not told). */
export const TOUCH_DEVICES = sql(
  'accounts_touch_devices',
  `update accounts.devices d
      set last_contact_at = greatest(d.last_contact_at, to_timestamp(heard.at_ms / 1000)),
          battery_pct = coalesce(heard.battery, d.battery_pct)
     from unnest($1::uuid[], $2::uuid[], $3::float8[], $4::smallint[]) as heard (id, user_id, at_ms, battery)
    where d.id = heard.id and d.user_id = heard.user_id and d.revoked_at is null`,
);
