/*
 * Light or dark: as the system says, or as the user chose here. Not a module: it runs before the first paint, so that no
 * other theme flashes up. The page's colours hang on <html data-theme>.
 */

const theme = (() => {
	const KEY = 'bookreq-theme';
	const dark = matchMedia('(prefers-color-scheme: dark)');
	let choice = 'system';
	try {
		choice = localStorage.getItem(KEY) ?? 'system';
	} catch {
		/* Storage may be forbidden: the choice is then this page's only. */
	}

	function apply() {
		const shown = choice === 'system' ? (dark.matches ? 'dark' : 'light') : choice;
		document.documentElement.dataset.theme = shown;
	}

	apply();
	dark.addEventListener('change', apply);
	/* Another tab's choice is this one's. */
	addEventListener('storage', (event) => {
		if (event.key === KEY) {
			choice = event.newValue ?? 'system';
			apply();
		}
	});
	return {
		get choice() {
			return choice;
		},
		choose(value) {
			choice = value;
			apply();
			try {
				localStorage.setItem(KEY, value);
			} catch {
				/* as above */
			}
		},
	};
})();
globalThis.theme = theme;
