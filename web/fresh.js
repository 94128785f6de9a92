/*
 * Keeps a page up to date of which no frame tells all: what it shows is loaded again when a request changed, when another
 * tab of this browser changed something, when the tab is looked at again, and now and then while it is.
 */

const EVERY_MS = 20000;
const SOON_MS = 500;

const otherTabs = new BroadcastChannel('bookreq-admin');

/* Something changed here of which no frame tells. */
export function tellOtherTabs() {
	otherTabs.postMessage(null);
}

/* f, but at most once in that time: the first call runs it at once, those that come too soon run it once, later. */
export function atMostEvery(ms, f) {
	let timer = null;
	let last = -Infinity;

	function run() {
		timer = null;
		last = performance.now();
		f();
	}

	function soon() {
		timer ??= setTimeout(run, Math.max(0, last + ms - performance.now()));
	}

	soon.stop = () => clearTimeout(timer);
	return soon;
}

/*
 * load() returns a promise that does not reject. Returns {changed(n), stop()}; changed: the store's count of changes. soonMs:
 * how often at most, for what costs the server more.
 */
export function keepFresh(load, { soonMs = SOON_MS, everyMs = EVERY_MS } = {}) {
	let seen = null;
	const soon = atMostEvery(soonMs, load);

	function whenShown() {
		if (document.visibilityState === 'visible') {
			soon();
		}
	}

	const interval = setInterval(whenShown, everyMs);
	document.addEventListener('visibilitychange', whenShown);
	otherTabs.addEventListener('message', soon);
	return {
		changed(n) {
			if (seen !== null && seen !== n) {
				soon();
			}
			seen = n;
		},
		stop() {
			soon.stop();
			clearInterval(interval);
			document.removeEventListener('visibilitychange', whenShown);
			otherTabs.removeEventListener('message', soon);
		},
	};
}
