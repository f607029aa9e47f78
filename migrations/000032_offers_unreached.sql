-- When no device of somebody asked had said that it has the offer, so that others were asked in their place.
alter table dispatch.sos_offers add column unreached_at timestamptz;

-- How long a device has to say so is part of every rule.
update dispatch.policies set body = jsonb_set(body, '{base,unreachableAfterMs}', '10000')
 where not (body -> 'base' ? 'unreachableAfterMs');
update dispatch.sos_requests set rule = rule || '{"unreachableAfterMs": 10000}' where not (rule ? 'unreachableAfterMs');
