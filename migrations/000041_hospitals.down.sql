-- Takes back hospitals with what they have, what it costs and who changed it.

drop schema hospital cascade;
