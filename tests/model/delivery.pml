/*
 * The delivery protocol of docs/design.md, small enough to be searched exhaustively: one audience, two workers, Redis, the bridge
 * of one client, an operator who restores a backup and prunes. tests/model/run checks it, and that each mutation is found out.
 *
 *	here                    stands for
 *	worker()                sql/functions/announce.sql (numbers under the row's lock, last), fcgi/publish.c (after the commit; pokes)
 *	POKE                    sql/functions/workers.sql: poke_recent
 *	net                     Redis: a set, from which messages are taken in any order; lib/envelope.h says what they are
 *	sub                     wsbridge/channels.c: CHANNELS_LIVE
 *	connect                 wsbridge/bridge.c: open_connection, start; sql/functions/bridge.sql: bridge_open
 *	fetch, page             wsbridge/bridge.c: fetch; sql/functions/bridge.sql: bridge_fetch; read_feed.sql; wsbridge/feed.c: feed_page
 *	message, events, poked  wsbridge/feed.c: feed_message, take_events
 *	position, newest, behind, ask_next, ask_other
 *	                        wsbridge/feed.h: struct feed; ask_other is FEED_ASK_STRANGE and FEED_ASK_CHECK
 *	out                     wsbridge/client.c, websocketd and the network up to the client
 *	client()                web/live.js: keeps the cursor of the last frame that it acted on
 *	operator()              restoring a backup with bookreqctl epoch --renew (sql/functions/ctl_epoch.sql); prune (ctl_prune.sql)
 *	settle()                what is promised for the time after the last fault
 *
 * What is proven:
 *	1. Whatever is lost, late, out of order or killed: the client's log is the audience's events that concern it, each once and in
 *	   order, as the database has them; a cursor never claims more than the client got; kept history is never given up.
 *	2. When faults end and no message was lost without anybody's knowing, the client gets everything without a tail check.
 *	3. When faults end, it has everything after one tail check at the latest, and after a bounded number of questions.
 *
 * Liberties, none of which takes anything from what can go wrong:
 *	- Time is only order: a timer fires, a process dies, a connection breaks whenever it likes, as often as it likes.
 *	- A question and its answer are one step: the bridge does nothing in between, so what others do then may as well be done before.
 *	- A connection's end and the beginning of the next are one step: a bridge may idle as long as it likes.
 *	- A worker reads what to poke about and publishes it in one step: a late poke is one that was long under way.
 *	- A backup is restored, with a new epoch, when nothing is under way to the client: what arrives after it, or is lost, might as
 *	   well have arrived, or have been lost, before it. The epoch is renewed before the restored database is used, as it must be.
 *	- An answer that recovers writes no frame of its own: its cursor is the client's.
 * Not in here: the change from one audience to another when a user joins or leaves the team.
 */

#ifndef NUMBERS
#define NUMBERS 3 /* events in the audience, at most 4 */
#endif
#ifndef FOREIGN
#define FOREIGN 0 /* the number of an event for another user of the audience; 0: none */
#endif
#define ROOM 2    /* frames that wait for the client before it counts as slow */

#define UPTO(n) ((2 << (n)) - 2)              /* a set of numbers: 1 to n */
#define OURS(set) ((set) & ~(1 << FOREIGN) & ~1)
#define HAS(set, n) (((set) >> (n)) & 1)

/* ---- The database ---- */

unsigned epoch : 2 = 1;
unsigned last_seq : 3; /* of the audience, as committed */
unsigned pruned : 3;   /* the events up to this one are deleted */
unsigned renewed : 5;  /* set: the events written in epoch 2; the others are from epoch 1. Numbers alone do not tell them apart */
bool locked;           /* the audience's row */
#ifdef NUMBERS_OUTSIDE_LOCK
byte taken;            /* a sequence that gives numbers in any transaction at any time */
byte rows;             /* set: those whose transaction is committed */
#define IN_TABLE(n) HAS(rows, n)
#else
#define IN_TABLE(n) ((n) <= last_seq)
#endif
#define KEPT(n) (IN_TABLE(n) && (n) > pruned)

/* ---- Redis and its subscriber ---- */

/* One bit for each message that may be under way. The last number names a message of events, since no two have the same. */
#define EVENTS(e, n, count) ((e) * 16 + (count) * 4 + (n) - 21) /* `count` of them, 1 or 2, n the last */
#define POKE(e, n)          ((e) * 16 + (n) - 9)
#define CHECK               31

int net;
bool sub; /* acknowledged */
bool lost; /* a message vanished and nobody knows; until a question heals it */

/* ---- The bridge ---- */

bool live; /* the application was asked for the state */
unsigned b_epoch : 2, position : 3, newest : 3;
bool ask_next, ask_other, behind;

mtype = { INITIAL, EVENT, HEARTBEAT };

/* kind, epoch and number of the cursor; for INITIAL the events that the state contains; which of them are of epoch 2 */
chan out = [ROOM] of { mtype, byte, byte, byte, byte };

/* ---- The client ---- */

unsigned c_epoch : 2, c_number : 3; /* its cursor */
unsigned log : 5, log_renewed : 5;  /* sets: the events it has; those of them that were of epoch 2 */

/* ---- The run ---- */

unsigned busy : 2; /* workers that have something to do */
bool calm;         /* no faults and no new requests from here on */
bool tail_check;   /* the one tail check after that is due */
unsigned questions : 3;

#define WHOLE (live && position == last_seq && b_epoch == epoch && c_epoch == epoch && \
	log == OURS(UPTO(last_seq)) && log_renewed == (renewed & log))

/* Scratch, of no meaning between steps. */
hidden byte i, n, e, m, refused;
hidden mtype k;
hidden byte known, tags;

inline publish(message)
{
	if
	:: sub -> net = net | (1 << (message))
	:: sub -> lost = true
	:: !sub /* nobody is there to hear it */
	fi
}

/* Of two idle workers the first does what is to do: which one makes no difference. */
#define MY_TURN (!second || owes || busy > 0)

#ifdef NUMBERS_OUTSIDE_LOCK
#define MAY_BEGIN (taken < NUMBERS)
#define MAY_ROLL_BACK false
#define MAY_TAKE_TWO false
inline take_numbers()
{
	taken++;
	last = taken
}
inline store()
{
	rows = rows | (1 << last);
	if
	:: last > last_seq -> last_seq = last
	:: else
	fi
}
#else
#define MAY_BEGIN (!locked && last_seq < NUMBERS)
#define MAY_ROLL_BACK true
#define MAY_TAKE_TWO true
inline take_numbers()
{
	locked = true;
	last = last_seq + count
}
inline store()
{
	last_seq = last;
	locked = false
}
#endif

#ifdef PUBLISH_BEFORE_COMMIT
#define PUBLISH_EARLY publish(EVENTS(born, last, count))
#define PUBLISH_LATE skip
#else
#define PUBLISH_EARLY skip
#define PUBLISH_LATE publish(EVENTS(born, last, count))
#endif

/*
 * A worker. What its transaction did before it came to the audience's row does not matter here. A worker that is killed is started
 * again, and one whose publishing fails notices: both then owe a poke. A restore ends the transactions of before.
 */
proctype worker(bool second)
{
	unsigned count : 2, last : 3, born : 2;
	bool owes;

	do
	:: atomic { !calm && MAY_BEGIN && MY_TURN ->
		if
		:: count = 1
		:: last_seq + 1 < NUMBERS && MAY_TAKE_TWO -> count = 2
		fi;
		take_numbers();
		born = epoch;
		busy = busy + !owes;
		PUBLISH_EARLY
	   }
	   if
	   :: d_step { born == epoch -> /* COMMIT */
		store();
		renewed = renewed | ((born == 2) * (UPTO(last) & ~UPTO(last - count)))
	      }
	      if
	      :: atomic { !owes -> PUBLISH_LATE; busy-- }
	      :: owes = true /* killed before it published, or Redis is away */
	      fi
	   :: d_step { MAY_ROLL_BACK || born != epoch -> /* or killed before the commit */
		locked = locked && born != epoch;
		busy = busy - !owes
	      }
	   fi;
	   d_step { count = 0; last = 0; born = 0 }
	:: atomic { owes ->
#ifndef NO_POKE
		if
		:: last_seq > 0 -> publish(POKE(epoch, last_seq))
		:: else
		fi;
#endif
		owes = false;
		busy--
	   }
	:: calm -> break
	od
}

/* Writes event `number`, or only passes it when it is for somebody else; `refused`: no room. */
inline deliver(number, renewed_too)
{
	refused = false;
	if
	:: (number) == FOREIGN -> position = number
	:: (number) != FOREIGN && len(out) < ROOM -> out!EVENT,b_epoch,number,0,renewed_too; position = number
	:: else ->
#ifdef NO_BEHIND
		position = number
#else
		refused = true;
		behind = true
#endif
	fi
}

/* One page from the position: the next event for us, if there is one. */
inline page()
{
	ask_next = false;
	ask_other = false;
	behind = false;
	refused = false;
	n = position + 1;
	do
	:: n <= NUMBERS && (!KEPT(n) || n == FOREIGN) -> n++
	:: else -> break
	od;
	if
	:: n <= NUMBERS ->
		deliver(n, HAS(renewed, n));
		n++
	:: else
	fi;
	/* a page that is not full reaches to the audience's end */
	do
	:: n <= NUMBERS && (!KEPT(n) || n == FOREIGN) -> n++
	:: else -> break
	od;
	if
	:: refused
	:: !refused && n <= NUMBERS ->
#ifndef NO_LAST
		behind = true
#endif
	:: else -> position = last_seq
	fi;
	lost = lost && (refused || behind)
}

/* The connection ends, whoever ends it; the client comes again with its cursor. */
inline hang_up()
{
	do
	:: nempty(out) -> out?_,_,_,_,_
	:: empty(out) -> break
	od;
	live = false;
	sub = false;
	net = 0;
	ask_next = false;
	ask_other = false;
	behind = false;
	newest = 0;
#ifndef SERVER_CURSOR
	b_epoch = 0;
	position = 0
#endif
}

#ifdef NO_EPOCH
#define SAME_EPOCH(e) ((e) != 0)
#else
#define SAME_EPOCH(e) ((e) == epoch)
#endif
#ifdef NO_MIN_CHECK
#define READABLE(e, n) (SAME_EPOCH(e) && (n) <= last_seq)
#else
#define READABLE(e, n) (SAME_EPOCH(e) && (n) <= last_seq && (n) >= pruned)
#endif
#ifdef SERVER_CURSOR
#define CURSOR_EPOCH b_epoch
#define CURSOR_NUMBER position
#else
#define CURSOR_EPOCH c_epoch
#define CURSOR_NUMBER c_number
#endif

#ifdef TWO_SNAPSHOTS
byte state_read; /* 1 + the audience's number when the state was read */
#define STATE_NUMBER (state_read - 1)
#else
#define STATE_NUMBER last_seq
#endif

/* The state and its position, from one snapshot. */
inline connect()
{
	live = true;
	if
	:: READABLE(CURSOR_EPOCH, CURSOR_NUMBER) ->
		b_epoch = epoch;
		position = CURSOR_NUMBER;
		page()
	:: else ->
		b_epoch = epoch;
		position = last_seq;
		assert(c_epoch != epoch || c_number < pruned);
		out!INITIAL,b_epoch,position,UPTO(STATE_NUMBER),renewed;
		lost = false
	fi
}

/* The same connection asks for what comes after its position. A refusal (another epoch, or pruned) ends it. */
inline fetch()
{
	questions = questions + calm;
	assert(questions < 7);
	if
	:: READABLE(b_epoch, position) -> page()
	:: else -> hang_up()
	fi
}

inline miss(last)
{
	if
	:: last > newest -> newest = last
	:: else
	fi;
	ask_next = true
}

#ifdef NO_GAP_CHECK
#define GAP(first) false
#else
#define GAP(first) ((first) > position + 1)
#endif
#ifdef NO_DOUBLE_CHECK
#define DOUBLE(number) false
#else
#define DOUBLE(number) ((number) <= position)
#endif

inline events(first, last)
{
	if
	:: behind || DOUBLE(last)
	:: !(behind || DOUBLE(last)) && GAP(first) -> miss(last)
	:: else ->
		i = first;
		refused = false;
		do
		:: i > last || refused -> break
		:: i <= last && !refused && DOUBLE(i) -> i++
		:: else -> deliver(i, e == 2); i++
		od;
		if
		:: !refused && position >= newest -> ask_next = false
		:: else
		fi
	fi
}

inline poked(last)
{
	if
	:: last > position && !behind -> miss(last)
	:: else
	fi
}

#ifdef NO_MESSAGE_EPOCH
#define STRANGE(e) false
#else
#define STRANGE(e) ((e) != b_epoch)
#endif

/* Message m, taken out of the net. */
inline message()
{
	net = net & ~(1 << m);
	e = 1 + m / 16;
	n = m % 4 + 1;
	if
	:: m == CHECK -> ask_other = true
	:: m != CHECK && STRANGE(e) -> ask_other = true
	:: m != CHECK && !STRANGE(e) && m % 16 / 4 == 0 -> events(n, n)
	:: m != CHECK && !STRANGE(e) && m % 16 / 4 == 1 -> events(n - 1, n)
	:: else -> poked(n)
	fi;
	/* a number that was passed has no effect any more */
	if
	:: newest <= position -> newest = 0
	:: else
	fi
}

#define PICK(bit) :: HAS(net, bit) -> m = bit
#define PICK_ABOUT(e, n) PICK(EVENTS(e, n, 1)) PICK(EVENTS(e, n, 2)) PICK(POKE(e, n))
#if NUMBERS == 2
#define PICK_EPOCH(e) PICK(EVENTS(e, 1, 1)) PICK(POKE(e, 1)) PICK_ABOUT(e, 2)
#elif NUMBERS == 3
#define PICK_EPOCH(e) PICK(EVENTS(e, 1, 1)) PICK(POKE(e, 1)) PICK_ABOUT(e, 2) PICK_ABOUT(e, 3)
#else
#define PICK_EPOCH(e) PICK(EVENTS(e, 1, 1)) PICK(POKE(e, 1)) PICK_ABOUT(e, 2) PICK_ABOUT(e, 3) PICK_ABOUT(e, 4)
#endif

#ifdef NO_SUBSCRIBE_FIRST
#define MAY_SUBSCRIBE live
#else
#define MAY_SUBSCRIBE true
#endif
#if defined(NO_REJOIN_FETCH)
#define MAY_CONNECT sub
#elif defined(TWO_SNAPSHOTS)
#define MAY_CONNECT (state_read > 0)
#else
#define MAY_CONNECT true
#endif

proctype bridge()
{
end:	do
	/* Redis has the subscription and acknowledges it before any message. What was said before is asked for. */
	:: d_step { !sub && MAY_SUBSCRIBE ->
		sub = true;
#if !defined(NO_SUBSCRIBE_FIRST) && !defined(NO_REJOIN_FETCH)
		ask_other = live
#endif
	   }
	/* Normally after the acknowledgement; without Redis, or to learn the channels, before: then it asks again after it. */
	:: d_step { !live && MAY_CONNECT -> connect() }
#ifdef TWO_SNAPSHOTS
	:: d_step { !live && state_read == 0 -> state_read = last_seq + 1 }
#endif
	:: atomic { live && sub && net != 0 ->
		if
		PICK_EPOCH(1)
#ifndef NO_RESTORE
		PICK_EPOCH(2)
		PICK(CHECK)
#endif
		fi;
		d_step { message() }
	   }
	/* What comes before the first frames are written is dropped: a question is still to be asked. */
	:: d_step { (!live || ask_other) && net != 0 -> net = 0 }
	:: d_step { live && (ask_next || ask_other) -> fetch() }
#ifndef NO_DRAIN_FETCH
	:: d_step { live && behind && !ask_next && empty(out) -> ask_next = true }
#endif
#ifndef NO_TAIL_CHECK
	:: d_step { live && (!calm || tail_check) ->
		tail_check = false;
		fetch();
		if
		:: live && len(out) == 0 -> out!HEARTBEAT,b_epoch,position,0,0
		:: else
		fi
	   }
#endif
	:: d_step { !calm && live -> hang_up() }
#ifndef NO_SUBSCRIBE_FIRST
	/* The connection to Redis breaks; how soon the bridge notices makes no difference. */
	:: d_step { !calm && sub -> sub = false; net = 0 }
#endif
	od
}

proctype client()
{
end:	do
	:: d_step { out?k,e,n,known,tags ->
		if
		:: k == INITIAL -> /* what it had is forgotten for the state that comes with the frame */
			log = OURS(known);
			log_renewed = log & tags
		:: k == EVENT ->
			assert(log == OURS(UPTO(n - 1)));
			log = log | (1 << n);
			log_renewed = log_renewed | (tags << n)
		:: k == HEARTBEAT -> assert(log == OURS(UPTO(n)))
		fi;
		c_epoch = e;
		c_number = n;
		/* as the database has it, or had it before the restore */
		assert(k != EVENT || (e == epoch && n <= last_seq && log_renewed == (renewed & log)) || (e != epoch && log_renewed == 0))
	   }
	od
}

proctype operator()
{
	unsigned r : 3;

end:	do
#ifndef NO_RESTORE
	:: atomic { !calm && epoch == 1 && len(out) == 0 ->
		if
		:: r = 0
		:: last_seq > 1 -> r = 1
		:: last_seq > 2 -> r = 2
		:: r = last_seq
		fi;
		d_step {
			epoch = 2;
			last_seq = r;
			locked = false;
			net = 0;
#ifdef NUMBERS_OUTSIDE_LOCK
			taken = r;
			rows = rows & UPTO(r);
#endif
			if
			:: pruned > r -> pruned = r
			:: else
			fi;
			r = 0;
		};
		publish(CHECK)
	   }
#endif
#ifndef NO_PRUNE
	:: d_step { !calm && pruned < last_seq -> pruned = last_seq }
#endif
	:: calm -> break
	od
}

proctype settle()
{
	atomic { busy == 0 && net == 0 -> calm = true }
	atomic { timeout -> assert(lost || WHOLE); tail_check = true }
#ifdef NO_TAIL_CHECK
	tail_check = false;
#endif
	atomic { timeout -> assert(WHOLE) }
}

init
{
	atomic {
		run worker(false);
#ifndef ONE_WORKER
		run worker(true);
#endif
		run bridge();
		run client();
		run operator();
		run settle()
	}
}
