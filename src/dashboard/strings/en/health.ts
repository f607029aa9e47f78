/** The health strip. */
export const health = {
  title: 'Health of the system',
  node: 'Node',
  node_help: 'The node that answers this page, and how many others live',
  and_others: { one: '{id} and {n} other', other: '{id} and {n} others' },
  lag: 'Log',
  lag_help: 'How long ago the node last read what other nodes did',
  no_lag: 'up to date',
  answer: 'Answers in',
  answer_help: 'From asking the node to its answer',
  ms: '{n} ms',
  uptime: 'Up for',
  trouble_unreachable:
    'The node has not answered for a while, although the connection is open. What you see may be old.',
  trouble_store:
    'The database does not answer. SOS, offers, their answers and chat go on; what you see is from memory, and other commands may fail and are safe to repeat.',
  trouble_redis:
    'Nodes tell each other by the database, because Redis does not answer: what others do is seen here a second later.',
  trouble_journal:
    'This node can not write to its own disk: what the database does not take either is not acknowledged.',
  trouble_objects: 'Documents can not be opened or handed in at the moment. Nothing else is affected.',
  trouble_mail: 'The mail server does not answer: mails are sent when it does. Nothing else is affected.',
  trouble_stopping: 'This node is about to stop. The page connects to the next one by itself.',
  trouble_overload_1:
    'There is much to do: positions and vital signs are shown once a second, and reported less often.',
  trouble_overload_2:
    'There is too much to do: on the map only those in an open SOS move, and lists, histories and files have to wait. SOS and chat are not affected.',
  trouble_overload_3:
    'There is far too much to do: only SOS, chat and alarms are served. Positions on the map are old, but for those in an open SOS.',
  trouble_behind: 'What other nodes do is seen here late.',
  trouble_slow: 'The node answers slowly.',
} as const;
