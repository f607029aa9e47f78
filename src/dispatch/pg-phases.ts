import { sql } from '../store/db.ts';

/**
 * $1, $2: the first and the last day, $3: their time zone; $4, $5: ids well before and after, which find the months. A phase is the first of its kind in an SOS, whoever it was: the
 * first acceptance as primary, the first arrival of any holder. Drills and duplicates that were merged are not in it.
 */
export const PHASES_REPORT = sql(
  'dispatch_phases',
  `with raised as (
     select r.id, r.emergency_type, r.priority, r.created_at, o.offered_at, o.delivered_at, o.seen_at, h.accepted_at,
            h.departed_at, h.arrived_at, h.started_at, r.closed_at
       from dispatch.sos_requests r
       left join lateral (
         select min(f.sent_at) as offered_at, min(f.delivered_at) as delivered_at, min(f.seen_at) as seen_at
           from dispatch.sos_offers f where f.sos_id = r.id) o on true
       left join lateral (
         select min(x.primary_at) as accepted_at, min(x.departed_at) as departed_at, min(x.arrived_at) as arrived_at,
                min(x.started_at) as started_at
           from dispatch.sos_holdings x where x.sos_id = r.id) h on true
      where r.created_at >= $1::date::timestamp at time zone $3
        and r.created_at < ($2::date + 1)::timestamp at time zone $3
        and r.id >= $4 and r.id < $5 and not r.is_drill and r.merged_into is null),
   reached as (
     select s.emergency_type, s.priority, p.place, p.phase,
            extract(epoch from p.at - s.created_at)::float8 * 1000 as ms,
            case when p.at >= p.before then extract(epoch from p.at - p.before)::float8 * 1000 end as step_ms
       from raised s
      cross join lateral (values
        (1, 'offered', s.offered_at, s.created_at),
        (2, 'delivered', s.delivered_at, s.offered_at),
        (3, 'seen', s.seen_at, s.delivered_at),
        (4, 'accepted', s.accepted_at, s.seen_at),
        (5, 'departed', s.departed_at, s.accepted_at),
        (6, 'arrived', s.arrived_at, s.departed_at),
        (7, 'started', s.started_at, s.arrived_at),
        (8, 'closed', s.closed_at, s.started_at)) as p (place, phase, at, before))
   select emergency_type as "emergencyType", priority, phase, count(*) as raised, count(ms) as reached,
          percentile_cont(0.5) within group (order by ms) as "p50Ms",
          percentile_cont(0.9) within group (order by ms) as "p90Ms",
          percentile_cont(0.5) within group (order by step_ms) as "stepP50Ms",
          percentile_cont(0.9) within group (order by step_ms) as "stepP90Ms"
     from reached
    group by grouping sets ((place, phase), (emergency_type, place, phase), (emergency_type, priority, place, phase))
    order by emergency_type nulls first,
             array_position('{CRITICAL,HIGH,MEDIUM,LOW}'::text[], priority) nulls first, place`,
);
