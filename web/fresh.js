/*
 * Keeps a page up to date of which no frame tells all: what it shows is loaded again when a request changed, when another
 * tab of this browser changed something, when the tab is looked at again, and now and then while it is.
 */

const EVERY_MS = 20000;
const SOON_MS = 400;

const otherTabs = new BroadcastChannel('bookreq-admin');

/* Something changed here of which no frame tells. */
export function tellOtherTabs() {
	otherTabs.postMessage(null);
}

/* load() returns a promise that does not reject. Returns {changed(n), stop()}; changed: the store's count of changes. */
export function keepFresh(load) {
	let seen = null;
	let timer = null;
	let running = false;
	let again = false;

	async function run() {
		if (running) {
			again = true;
			return;
		}
		running = true;
		do {
			again = false;
			await load();
		} while (again);
		running = false;
	}

	function soon() {
		clearTimeout(timer);
		timer = setTimeout(run, SOON_MS);
	}

	function whenShown() {
		if (document.visibilityState === 'visible') {
			soon();
		}
	}

	const interval = setInterval(whenShown, EVERY_MS);
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
			clearTimeout(timer);
			clearInterval(interval);
			document.removeEventListener('visibilitychange', whenShown);
			otherTabs.removeEventListener('message', soon);
		},
	};
}
