import { sql, type Tx } from '../store/db.ts';
import type { Holding } from './holdings.ts';

const SAVE = sql(
  'dispatch_save_holdings',
  `insert into dispatch.sos_holdings as h (sos_id, responder_id, held_at, slot, role, offer_id, primary_at, departed_at,
          arrived_at, started_at, ended_at, ended_by)
   select $1, n.responder_id, n.held_at, n.slot, n.role, n.offer_id, n.primary_at, n.departed_at, n.arrived_at,
          n.started_at, n.ended_at, n.ended_by
     from jsonb_to_recordset($2::jsonb)
          as n (responder_id uuid, held_at timestamptz, slot int, role text, offer_id uuid, primary_at timestamptz,
                departed_at timestamptz, arrived_at timestamptz, started_at timestamptz, ended_at timestamptz,
                ended_by text)
   on conflict (sos_id, responder_id, held_at) do update set slot = excluded.slot, role = excluded.role,
     primary_at = coalesce(h.primary_at, excluded.primary_at), departed_at = excluded.departed_at,
     arrived_at = excluded.arrived_at, started_at = coalesce(h.started_at, excluded.started_at),
     ended_at = excluded.ended_at, ended_by = excluded.ended_by`,
);

const date = (ms: number | null) => (ms === null ? null : new Date(ms));

/** Who took a place, moved in it, or left it. */
export async function saveHoldings(tx: Tx, sosId: string, holdings: readonly Holding[]): Promise<void> {
  if (holdings.length === 0) return;
  const rows = holdings.map((holding) => ({
    responder_id: holding.responderId,
    held_at: date(holding.heldAtMs),
    slot: holding.slot,
    role: holding.role,
    offer_id: holding.offerId,
    primary_at: date(holding.primaryAtMs),
    departed_at: date(holding.departedAtMs),
    arrived_at: date(holding.arrivedAtMs),
    started_at: date(holding.startedAtMs),
    ended_at: date(holding.endedAtMs),
    ended_by: holding.endedBy,
  }));
  await tx.query(SAVE, [sosId, JSON.stringify(rows)]);
}
