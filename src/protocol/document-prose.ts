import { LIMITS, READING } from './limits.ts';
import { SUBPROTOCOLS } from './version.ts';

const seconds = (ms: number) => `${ms / 1_000} seconds`;

export const CONNECTING = `## Connecting

Open a WebSocket to \`/v1/socket\`, over TLS, and ask for one or both of two subprotocols; the server takes the first that
it knows. The messages are the same in both.

- \`${SUBPROTOCOLS.msgpack}\`: binary frames of MessagePack. Only nil, booleans, numbers, strings, arrays and maps with
  string keys are used, at most 16 deep; binary and extension types are refused.
- \`${SUBPROTOCOLS.json}\`: text frames of JSON.

Compression is off. The handshake is answered with 400 when no subprotocol is known, 403 when the page it comes from may
not connect, and 503 with \`Retry-After\` when the node is full or stopping: try again after a wait.

The first frame is \`hello\`, within ${seconds(LIMITS.firstFrameMs)} and at most ${LIMITS.firstFrameBytes} bytes. It carries
the access token from [signing in](http.md), never in the URL, where proxies would log it. The server answers with
\`welcome\`; until then it refuses everything else. A socket belongs to one person for as long as it is open.

Before \`tokenExpiresAtMs\`, \`renew\` puts a fresh token of the same person in the place of the old one. What is decided about
somebody reaches their open sockets at once: other grants are told by \`renewed\`, and what they no longer include ends; a
suspension or a sign-out is told by \`error\` and closes with 4003.

**Coming back.** The server hands out a \`resume\` token after \`welcome\`, after \`renewed\`, and every so often. Keep the newest
in memory and send it in the next \`hello\`, beside the access token: whoever shows it is let in without being looked up, on any
node, and a stream that is subscribed to again goes on from memory where that is possible. It is good for a few minutes and never
longer than the access token. Where it can't be taken, because it has run out or something was decided about the account since,
the access token counts; alone it is answered with 4001, and a fresh token is needed. What was stored of the lanes is not looked
up then: \`welcome\` says null, and the device goes on with what was last acknowledged.

**When many come at once** a node lets in so many per second, and a quarter of that is kept for whoever is in an open SOS or says
\`urgent\`. The others are told \`busy\`, then \`bye\` with 1013 and \`retryAfterMs\`, before anything is done for them. That is said on
the socket and not by a status of the handshake, because browsers can not read one. Whoever is about to call for help asks for
\`/v1/socket?urgent=1\`: handshakes are answered a few at a time, and these first.`;

export const DEVICES = `## Devices

A person pairs a device by a code: \`POST /v1/devices/codes\` gives eight characters that are good once and for ten minutes,
and \`POST /v1/devices\` with \`{"code", "name", "kind"}\` answers with \`deviceId\` and \`credential\`, shown this once. As a QR
code the page shows \`muster://pair?server=<address>&code=<code>\`; the code is never part of an HTTP address.

- The \`credential\`, \`device:<id>:<secret>\`, is a token for \`hello\` and \`renew\` that does not run out: a phone whose access
  token has expired can still call for help. Such a socket has narrow rights, in the table below, and no grants; \`sub\` only
  to the own inbox and to what one is a party of. \`renew\` with an access token of the same person widens them.
- Over HTTP, apps that know nothing of Muster send id and secret as user and password of Basic authentication.
- The id is the \`device.id\` to name in \`hello\`, so that battery and last contact are shown with the device.
- \`DELETE /v1/devices/<id>\` revokes it, and its sockets are closed with 4003 at once. \`GET /v1/devices\` lists them.`;

export const FRAMES = `## Frames

A frame is an array of two: the kind and the body.

\`\`\`json
["chat.send", { "id": "b8f5a6a1-7f2b-4a52-9c0e-93a3c1b2fe03", "sosId": "0197a5e0-0003-7000-8000-000000000001", "text": "On my way" }]
\`\`\`

- A field that is not known is refused, on both sides: a program that misspells a field hears of it at once. What is
  optional is left out; null is sent only where the table says so.
- Ids are UUIDs. Upper case is accepted and lowered; the server speaks lower case.
- Times are integers, milliseconds since 1970. Distances are metres, angles degrees, as the name says at its end.
- A frame that does not fit is answered with \`error\` and the socket stays open. A frame that can not be decoded at all
  closes it with 1007, one that is too large with 1009.

### Commands

The kinds with an \`id\` are commands. The client makes the id, any UUID, before it first sends the command, and keeps both
until it is answered with \`done\` or \`error\` under the same \`id\`. When the answer does not come, send the same again, on
this socket or the next: a command that was carried out is answered with its stored result and has no second effect.
Answers come in whatever order the commands end. An error that is \`retryable\` says nothing about whether it was carried
out; sending it again, unchanged, finds out.`;

export const TELEMETRY = `## Telemetry: nothing lost, nothing twice

A device keeps each fix and each sample until the server has acknowledged it.

- **Lanes** \`sos\`, \`alarm\`, \`chat\`, \`vitals\`, \`telemetry\`, in order of importance, are numbered and held each by
  itself, so that a backlog in one never stands in front of another. \`pos\` is on \`telemetry\`, \`vit\` on \`vitals\`,
  \`alarm\` on \`alarm\`; SOS and chat are commands. What is said of fixes below holds for samples and alarms in the same
  way.
- **Numbers.** Fixes are numbered 1, 2, 3 without gaps within an *epoch*, a UUID that the device makes anew whenever it
  makes its store anew (first start, lost storage). A number never stands for another fix than before. A frame carries
  the number of its first fix; the others follow. Lanes may share an epoch, or have one each, told in \`hello\`.
- **\`ack\`** is cumulative: everything up to \`seq\` of that epoch and lane is on durable storage and may be forgotten. It
  can cover several frames. Fixes listed in \`refused\` count as acknowledged: sending them again changes nothing.
- **\`nack\`**: there is a hole. Send again from \`expectedSeq\`. When that is below what the device has already forgotten,
  the server has lost what it had: begin a new epoch with everything that is kept.
- **\`hold\`**: the server can not store now. Keep everything and wait \`retryAfterMs\`. The newest fix of what was sent may
  still have moved the live map.
- **After a reconnect** \`welcome.telemetryAckedSeq\` and \`welcome.ackedSeqs\` say what is stored of each lane of the device
  and epoch named in \`hello\`; go on with the next number, or with what was last acknowledged when it is null. Sending what is already stored is harmless: it is recognised by its number.
- **Clocks.** \`sentAtMs\` and the time of each fix come from the same device clock, which may be wrong by years. The server
  takes only their difference, the age of the fix, and places it before the time of receipt. So stamp \`sentAtMs\` anew each
  time a frame is sent, also when the same fixes are sent again. A fix older than a minute goes to history and does not
  move the live map; one that lies more than a minute after \`sentAtMs\` is refused as \`future\`.
- **\`now\`** carries the newest fix and sample of a device that still has much to send, at most once a second: who was
  away for a day is on the live map at once. Such a value has no number yet; it is sent again in its turn, and told once.
- **\`rate\`** says how often the server wants samples of a lane. It comes when that changes: every second for whoever is in an
  open SOS; less often for who stands still, whose battery is low, or when the server is loaded.
- **Alarms** are acknowledged once they are stored *and* were heeded; until then the device sends them again. However late
  it comes, an alarm is told.
- **Vital signs** are never refused for what they say: what no person can have is kept and flagged. A sample older than a
  minute, or from after its frame was sent, goes to history and alarms nobody.`;

export const STREAMS = `## Streams

What happens is told as numbered events of a stream: \`seq\` 1, 2, 3 without gaps, each seen exactly once and in order.

| stream | for | tells |
| --- | --- | --- |
| \`inbox:<user id>\` | that person | offers, what one holds |
| \`record:<person id>\` | that person, and who cares for them | which records changed, never what they say: that is read over HTTP |
| \`sos:<id>\` | the requester, the holder, dispatchers | every step of one SOS |
| \`chat:<id>\` | the requester, the holder, the dispatcher to whom the SOS belongs | what is said about it |

- **\`sub\` with \`afterSeq: null\`**: a \`snapshot\` of the state at a number, then the events after it.
- **\`sub\` with a number**: the events after it. When that is too far back, or not of this log, a \`snapshot\` comes in
  their place: forget what was known of the stream, and go on after the number of the snapshot. This can happen later
  too, to a receiver that falls far behind: never a silent hole.
- **\`subscribed\`** comes when everything up to \`headSeq\` was sent. Subscribing again to the same stream begins anew.
- **After a reconnect** subscribe to each stream again with the last number seen. An event whose number is not above
  it is a duplicate.
- **Entitlement** is looked at when an event is sent, not when it was subscribed to. Who loses it gets
  \`unsubscribed\` with \`not_entitled\` and nothing after it. The holder gains \`sos:\` and \`chat:\` with \`sos.assigned\` and loses
  them with \`sos.released\`; somebody who is merely asked never has them.
- **What is kept**: inboxes for 30 days, the streams of an SOS for six years after it was closed; then they end for everybody.
- **Chat**: \`chat.read\` with the number of the last message a person has seen becomes the event \`chat.read\` for the others;
  a snapshot has how far each has read. Twenty messages of one person on one SOS are taken at once, then one every two
  seconds, and the same words five times within a minute; more is \`rate_limited\` with \`retryAfterMs\`. The chat ends for
  everybody when the SOS is closed.
- **\`watch\`** is for dispatchers: a \`feed\` with every open SOS, then all events of \`sos:\` streams as they happen, and
  responders on the map as \`state\`, the newest value of each, at most once per tick. A \`feed\` that comes again
  replaces everything.`;

export const HEARTBEATS = `## Heartbeats

Each side says something at least every ${seconds(LIMITS.heartbeatMs)}, \`hb\` when there is nothing else, and takes the other
for gone after ${seconds(LIMITS.silenceMs)} of silence. The server answers an \`hb\` that has no \`echoMs\` with one that has,
so a client can measure the way there and back. A device answers the server's in the same way, with the time of the clock
that stamps its samples: that shows how far it is off, which is shown to people and used for nothing else. WebSocket pings
and pongs are no signs of life: not every proxy shows them to both sides.

A heartbeat says that a client lives, not that it reads: the systems on the way keep tens of megabytes for one that does not. So
the server sends a WebSocket ping every ${seconds(READING.pingMs)}. Every WebSocket library answers it by itself once it has read that far
(RFC 6455, 5.5.2); a proxy has to pass it on, or answer it in place of its client. Whoever has answered none for
${seconds(READING.deafAfterMs)} is closed with 4008 and the reason \`deaf\`, whatever they say meanwhile. Reading slowly is no reason, as long as
answers come.

While somebody's SOS hangs on a connection (a call for help without its answer, or an \`sos:\` stream that is followed), a client
does well to say \`hb\` every 3 seconds and to take the server for gone after 7: another node may answer. The SDK does so.`;

export const DEGRADED = `## Degraded

No single failure stops an SOS; a node that has to do without something says so, in \`welcome\`, in every \`hb\` of its own, and to
dispatchers in \`state\` as soon as it is so. \`degraded\` names what is away:

| name | what it is | meanwhile |
| --- | --- | --- |
| \`store\` | the database does not answer | SOS, offers, answers and chat go on, see above; other commands can be sent again, and samples are kept by the device |
| \`redis\` | nodes tell each other by the database | what happens on another node is seen a second later |
| \`journal\` | the node can not write to its own disk | nothing is acknowledged that only the disk would hold |
| \`objects\` | documents can not be reached | nothing else is affected |
| \`mail\` | the mail server does not answer | mails wait |

A server that hangs is away like one that is gone: every call of a node ends within three seconds, and what it has given up is not
carried out later, behind what is newer.`;

export const PROVISIONAL = `## While the database is away

A node that the database does not answer goes on with SOS, offers, their answers and chat, unless its operator has it refuse
(\`MUSTER_ON_STORE_DOWN=refuse\`: then such commands are answered \`store_unavailable\`). What it decides is on its own disk before
it is acknowledged, and says \`isProvisional\` wherever it is told: in \`done\`, in an \`event\`, in a \`snapshot\`, in an SOS.

- A provisional \`event\` has no number of its own. Its \`seq\` is that of the last event that was sent before it, so a program that
  knows nothing of this drops it. It stands on top of what is known of the stream and moves no number.
- When the database is back, everything is written to it in the order in which it was decided. Then every stream of which something
  provisional was sent goes on with a \`snapshot\`, and the dispatchers' feed with a \`feed\`: they take the place of all of it.
- Two nodes that were apart may have given one place to two people. Whoever is first in the database has it; the other hears
  \`sos.released\` with the reason \`superseded\`, unless they had set off already: then they get a place beside, and dispatchers are
  alarmed.
- Nobody's session ends meanwhile because it can't be renewed. Samples are not acknowledged, and kept by who has them.`;

export const OVERLOAD = `## Overload

A node with more to do than it can gives up what can wait, a step every two seconds at most, and says so: in \`welcome\` and
every \`hb\` of its own, to dispatchers in \`state\` as well, and with everything that it puts off. \`cause\` is what there is too
much of: \`event_loop\` (it answers late), \`store\` (connections to the database are waited for), \`memory\`, \`outboxes\` (clients
that do not read).

| level | what is given up | how it is said |
| --- | --- | --- |
| 1 | positions are wanted half as often; feeds and tails come once a second | \`rate\` |
| 2 | on the dispatchers' feed only those in an open SOS move, the others follow later; lists, histories and files wait | \`busy\` with \`retryAfterMs\`, over HTTP 503 with Retry-After |
| 3 | samples of everybody else wait: the newest of each frame still counts for who is near, and the frame is sent again | \`hold\` |

SOS and offers, their answers, chat and alarms are never put off, and go in this order before positions.`;
